/** Invitations whose mail did not go out: no mailer was set up, or the contract had ended when the mail was due and another began. */
import type { PluginContext } from '../context.ts';
import { markDue } from '../queue/items.ts';
import { unmailedInvitations } from './invitation-rows.ts';

/**
 * Makes due the mail of every invitation of these trainers that has no mail and no failed try: a failed one has its queue item. What
 * is not worth sending by then is not sent.
 */
export async function markUnmailed(context: PluginContext, trainerIds: readonly string[] | 'all'): Promise<void> {
  if (!context.mailer) return;
  const now = context.clock.now();
  const only = trainerIds === 'all' ? undefined : trainerIds;
  const unmailed = await unmailedInvitations(context.database, now, only);
  await markDue(
    context.database,
    unmailed.map(({ id }) => ({ kind: 'invitation-mail', key: id })),
    now,
  );
}

/** Invitations that no mail went out for, because no mailer was set up at that time. */
import type { PluginContext } from '../context.ts';
import { markDue } from '../queue/items.ts';
import { openInvitations } from './invitation-rows.ts';

/** Makes due the mail of every open invitation that never had a try: a mailer may have been set up since. */
export async function markUnmailed(context: PluginContext): Promise<void> {
  if (!context.mailer) return;
  const now = context.clock.now();
  for (const row of await openInvitations(context.database)) {
    if (row.mailed_at !== null || row.mail_error !== null) continue;
    await markDue(context.database, { kind: 'invitation-mail', key: row.id }, now);
  }
}

/** A new invitation by the admin's word, in place of the last one: for a mail that was lost, or a link that ran out. */

import { createInvitation, openInvitations } from '../access/invitation-rows.ts';
import { EMPTY_JOURNAL, isBusy, journals, lockTrainer, note } from '../access/journal.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { findTrainer } from '../mirror/trainers.ts';
import { markDue } from '../queue/items.ts';

/**
 * Makes a new invitation for a trainer whose last one is open or ran out, and its mail due; the one before stops working.
 * Returns its id. Throws {@link AdminError} when there is nothing to accept any more.
 */
export async function inviteAgain(context: PluginContext, trainerId: string, cause: string): Promise<string> {
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    // Of two clicks at once, the second replaces the first one's invitation.
    await lockTrainer(transaction, trainerId);
    const trainer = await findTrainer(transaction, trainerId);
    const [open] = await openInvitations(transaction, [trainerId]);
    const journal = (await journals(transaction, [trainerId])).get(trainerId) ?? EMPTY_JOURNAL;
    if (!trainer || !open || isBusy(journal, now)) {
      throw new AdminError(
        'This trainer has no invitation that waits to be accepted.',
        'Choose “check again”: a trainer who should have access and has none is invited by it.',
      );
    }
    const id = await createInvitation(transaction, trainerId, open.kind, now);
    await markDue(transaction, { kind: 'invitation-mail', key: id }, now);
    await note(transaction, {
      at: now,
      cause,
      action: 'resend-invitation',
      trainerId,
      workEmail: trainer.work_email,
      detail: 'the invitation before it no longer works',
    });
    return id;
  });
}

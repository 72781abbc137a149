/** Puts a backup in place of a store, and makes what happened since the backup be found out before anything is done. */

import { RESTORE, recordAudit } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import { markDue } from '../queue/items.ts';
import { type CopiedTable, type CopyOptions, copyStore } from '../store/copy-store.ts';
import type { Database } from '../store/database.ts';

const CAUSE = 'restored from a backup';

/**
 * Copies the backup into an empty store. Invitations that were open are void, since they may have been accepted since: whoever still
 * needs one gets a new mail. Access that was due is left to the reconcile that is due first, so that nobody is let in by
 * yesterday's contracts. Usage needs nothing: totals of days since the backup are sent once more, which changes nothing. Mails about
 * ends and budgets look at the time of the restore, so that no trainer reads again what the lost store has told.
 */
export async function restore(
  backup: Database,
  { database, clock }: Pick<PluginContext, 'database' | 'clock'>,
  options: CopyOptions = {},
): Promise<CopiedTable[]> {
  const copied = await copyStore(backup, database, options);
  const now = clock.now();
  await database.transaction(async (transaction) => {
    await transaction('invitations').where({ state: 'open' }).update({ state: 'void' });
    await transaction('password_resets').whereNull('used_at').update({ used_at: now.getTime() });
    await transaction('queue_items')
      .whereIn('kind', ['access', 'access-all', 'invitation-mail', 'password-mail'])
      .delete();
    for (const table of ['queue_items', 'deliveries']) {
      await transaction(table).update({ lease_owner: null, lease_until: null });
    }
    await markDue(transaction, { kind: 'reconcile', key: 'all', detail: { cause: CAUSE } }, now);
    const detail = 'open invitations are void; links and contracts are read before anybody’s access is changed';
    await recordAudit(transaction, { at: now, cause: CAUSE, action: RESTORE, detail });
  });
  return copied;
}

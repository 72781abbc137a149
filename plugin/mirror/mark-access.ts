/** Marks as due what a change of OpenTrain's state asks for: the access of the trainers that it is about, and their mail. */

import { type Mark, markDue } from '../queue/items.ts';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import type { SavedContract } from './contracts.ts';

/** Marks the access of every trainer of a contract as due, and `also` what else the same change makes due. */
export async function markAccessOfContract(
  database: Database,
  contractId: string,
  cause: string,
  now: Date,
  also: readonly Mark[] = [],
): Promise<void> {
  const rows: { trainer_id: string }[] = await database('contract_trainers')
    .where({ contract_id: contractId })
    .select('trainer_id');
  await markDue(database, [...rows.map((row) => accessOf(row, cause)), ...also], now);
}

/** Marks the access of everybody who has or had a contract of this job as due. */
export async function markAccessOfJob(database: Database, jobId: string, cause: string, now: Date): Promise<void> {
  const rows: { trainer_id: string }[] = await database('contract_trainers')
    .join('contracts', 'contracts.id', 'contract_trainers.contract_id')
    .where({ job_id: jobId })
    .distinct('trainer_id');
  await inChunks(
    rows,
    async (chunk) => {
      await markDue(
        database,
        chunk.map((row) => accessOf(row, cause)),
        now,
      );
      return [];
    },
    MARKS_PER_STATEMENT,
  );
}

/** SQLite takes 500 rows of bound values in one INSERT. */
const MARKS_PER_STATEMENT = 100;

function accessOf({ trainer_id }: { trainer_id: string }, cause: string): Mark {
  return { kind: 'access', key: trainer_id, detail: { cause } };
}

/** The final count is usually in by then, and a rehire that follows at once is known. */
const TELL_OF_END_AFTER_MS = 10 * 60_000;

/** Marks the mail about a contract's end as due, when we saw it running before: history read on the first day is nobody's news. */
export async function markEndMail(database: Database, saved: SavedContract, now: Date): Promise<void> {
  await markDue(database, endMail(saved, now), now);
}

/** What {@link markEndMail} marks. */
export function endMail({ row, previousStatus }: SavedContract, now: Date): Mark[] {
  if (previousStatus !== 'active' || row.status !== 'ended') return [];
  const dueAt = new Date(now.getTime() + TELL_OF_END_AFTER_MS);
  return [{ kind: 'contract-ended-mail', key: row.id, dueAt }];
}

/** Marks as due the access of the trainers that a change of OpenTrain's state is about. */

import { markDue } from '../queue/items.ts';
import type { Database } from '../store/database.ts';

/** Marks the access of every trainer of a contract as due. */
export async function markAccessOfContract(
  database: Database,
  contractId: string,
  cause: string,
  now: Date,
): Promise<void> {
  const rows: { trainer_id: string }[] = await database('contract_trainers')
    .where({ contract_id: contractId })
    .select('trainer_id');
  for (const row of rows) await markDue(database, { kind: 'access', key: row.trainer_id, detail: { cause } }, now);
}

/** Marks the access of everybody who has or had a contract of this job as due. */
export async function markAccessOfJob(database: Database, jobId: string, cause: string, now: Date): Promise<void> {
  const rows: { trainer_id: string }[] = await database('contract_trainers')
    .join('contracts', 'contracts.id', 'contract_trainers.contract_id')
    .where({ job_id: jobId })
    .distinct('trainer_id');
  for (const row of rows) await markDue(database, { kind: 'access', key: row.trainer_id, detail: { cause } }, now);
}

/** The jobs of projects: what they are called, who is under contract on them, and what was worked. */
import type { ContractRow } from '../mirror/contracts.ts';
import type { Database } from '../store/database.ts';
import { addDays, type Day } from '../usage/days.ts';
import { unknownTotals } from '../usage/totals.ts';
import { sumsBy } from '../usage/usage-sums.ts';

export interface JobStatus {
  id: string;
  /** The title that most of its contracts have: OpenTrain tells no title of the job itself; null without contracts. */
  title: string | null;
  activeContracts: number;
  endedContracts: number;
  /** What OpenTrain accepted in the last {@link WORK_DAYS} days; null where nothing is known. */
  labels: number | null;
  seconds: number | null;
}

export const WORK_DAYS = 14;

/** These jobs, in their order. `today` is the day in USAGE_TIMEZONE. */
export async function readJobs(database: Database, ids: readonly string[], today: Day): Promise<JobStatus[]> {
  const counted: { job_id: string; status: ContractRow['status']; title: string | null; count: number | string }[] =
    await database('contracts')
      .whereIn('job_id', ids)
      .select('job_id', 'status', 'title')
      .groupBy('job_id', 'status', 'title')
      .count({ count: '*' });
  const scope = { from: addDays(today, 1 - WORK_DAYS), until: today, jobIds: ids, contractIds: null, trainerIds: null };
  const work = await sumsBy(database, scope, 'job');
  const byJob = Map.groupBy(counted, ({ job_id }) => job_id);
  return ids.map((id) => {
    const rows = byJob.get(id) ?? [];
    const { labels, seconds } = work.get(id)?.accepted ?? unknownTotals;
    const number = (status: ContractRow['status']): number =>
      rows.filter((row) => row.status === status).reduce((sum, { count }) => sum + Number(count), 0);
    const [most] = rows.toSorted((a, b) => Number(b.count) - Number(a.count));
    return {
      ...{ id, title: most?.title ?? null, labels, seconds },
      ...{ activeContracts: number('active'), endedContracts: number('ended') },
    };
  });
}

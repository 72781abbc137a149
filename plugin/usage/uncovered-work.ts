/** Work of trainers that no contract covers: kept as of the last sync of each day, so that people see it and its cause. */
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import type { Assignment, Facts } from './attribution.ts';
import type { Day } from './days.ts';
import { plus, type Totals } from './totals.ts';

/** `other-job`: under contract then, for another job. `outside-dates`: a contract on this job, not on that day. `no-contract`: none. */
export const uncoveredCauses = ['other-job', 'outside-dates', 'no-contract'] as const;
export type UncoveredCause = (typeof uncoveredCauses)[number];

export interface UncoveredWorkRow {
  trainer_id: string;
  project_id: string;
  work_date: Day;
  cause: UncoveredCause;
  tasks: number | null;
  labels: number | null;
  seconds: number | null;
}

const ROWS_A_STATEMENT = 500;

/** The assigned rows of trainers whom OpenTrain knows and whose work there no contract covers, one a trainer, project and day. Pure. */
export function uncoveredWork(assignments: readonly Assignment[], facts: Facts): UncoveredWorkRow[] {
  const causeOf = causeFinder(facts);
  const rows = new Map<string, { row: Omit<UncoveredWorkRow, keyof Totals>; totals: Totals }>();
  for (const { row, trainerId, contractId, totals } of assignments) {
    if (trainerId === null || contractId !== null || row.unreadable !== undefined) continue;
    const key = JSON.stringify([trainerId, row.projectId, row.day]);
    const known = rows.get(key);
    const cause = known?.row.cause ?? causeOf(trainerId, row.projectId);
    rows.set(key, {
      row: { trainer_id: trainerId, project_id: row.projectId, work_date: row.day, cause },
      totals: known ? plus(known.totals, totals) : totals,
    });
  }
  return [...rows.values()].map(({ row, totals }) => ({ ...row, ...totals }));
}

function causeFinder(facts: Facts): (trainerId: string, projectId: string) => UncoveredCause {
  const jobs = new Map(facts.contracts.map(({ id, job_id }) => [id, job_id]));
  const jobsOfTrainer = Map.groupBy(facts.contractTrainers, ({ trainer_id }) => trainer_id);
  const jobsOfProject = Map.groupBy(facts.links, ({ project_id }) => project_id);
  return (trainerId, projectId) => {
    const theirs = (jobsOfTrainer.get(trainerId) ?? []).map(({ contract_id }) => jobs.get(contract_id) ?? null);
    if (theirs.length === 0) return 'no-contract';
    const linked = new Set((jobsOfProject.get(projectId) ?? []).map(({ job_id }) => job_id));
    return theirs.some((job) => job !== null && linked.has(job)) ? 'outside-dates' : 'other-job';
  };
}

/** Replaces what is known of these projects from `since` on, at once. */
export async function replaceUncoveredWork(
  database: Database,
  { projectIds, since }: { projectIds: readonly string[]; since: Day },
  rows: readonly UncoveredWorkRow[],
): Promise<void> {
  await database.transaction(async (transaction) => {
    await inChunks(projectIds, async (chunk) => {
      await transaction('uncovered_work').whereIn('project_id', chunk).where('work_date', '>=', since).delete();
      return [];
    });
    for (let index = 0; index < rows.length; index += ROWS_A_STATEMENT) {
      await transaction<UncoveredWorkRow>('uncovered_work').insert(rows.slice(index, index + ROWS_A_STATEMENT));
    }
  });
}

export interface UncoveredSum {
  trainerId: string;
  projectId: string;
  cause: UncoveredCause;
  days: number;
  lastDay: Day;
  labels: number | null;
  tasks: number | null;
  seconds: number | null;
}

const SUMS = {
  days: 'COUNT(*)',
  last_day: 'MAX(work_date)',
  labels: 'SUM(labels)',
  tasks: 'SUM(tasks)',
  seconds: 'SUM(seconds)',
} as const;

export interface UncoveredQuery {
  since: Day;
  /** The last day, included; to the end when absent. */
  until?: Day;
  /** Of these only, when given. */
  trainerIds?: readonly string[] | null;
  projectIds?: readonly string[] | null;
}

/** Uncovered work of this query by trainer, project and cause, the latest first, at most `limit`. */
export async function uncoveredSums(
  database: Database,
  { since, until, trainerIds, projectIds }: UncoveredQuery,
  limit: number,
): Promise<UncoveredSum[]> {
  type Row = { trainer_id: string; project_id: string; cause: UncoveredCause; days: number | string; last_day: Day } & {
    [sum in keyof Totals]: number | string | null;
  };
  const found = database('uncovered_work').where('work_date', '>=', since);
  if (until) found.where('work_date', '<=', until);
  if (trainerIds) found.whereIn('trainer_id', trainerIds);
  if (projectIds) found.whereIn('project_id', projectIds);
  const rows: Row[] = await found
    .groupBy('trainer_id', 'project_id', 'cause')
    .select('trainer_id', 'project_id', 'cause')
    .select(Object.entries(SUMS).map(([name, sum]) => database.raw(`${sum} AS ${name}`)))
    .orderByRaw('last_day DESC, trainer_id, project_id')
    .limit(limit);
  const number = (value: number | string | null): number | null => (value === null ? null : Number(value));
  return rows.map((row) => ({
    trainerId: row.trainer_id,
    projectId: row.project_id,
    cause: row.cause,
    days: Number(row.days),
    lastDay: row.last_day,
    labels: number(row.labels),
    tasks: number(row.tasks),
    seconds: number(row.seconds),
  }));
}

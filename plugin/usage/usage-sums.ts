/** Sums of what was counted and of what OpenTrain accepted, by day, contract, trainer or job: added up in the store. */
import type { Knex } from 'knex';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import { plus, type Totals, unknownTotals } from './totals.ts';
import { isByJob, isEverybody, type UsageScope, within } from './usage-scope.ts';

export interface Compared {
  accepted: Totals;
  /** What the last count came to: what was accepted, and what OpenTrain refused in its place. */
  counted: Totals;
  /** On how many days something was accepted. */
  days: number;
}

export const dimensions = { day: 'u.work_date', contract: 'u.contract_id', trainer: 'u.trainer_id', job: 'c.job_id' };
export type Dimension = keyof typeof dimensions;

/** The columns of totals by their field. */
export const COLUMNS = { seconds: 'total_seconds', tasks: 'tasks_completed', labels: 'labels_completed' } as const;

/** SQLite takes 500 queries in one statement, each with the scope's own values. */
const KEYS_PER_STATEMENT = 100;

type SumRow = { key: string; days: number | string } & { [field in keyof Totals]: number | string | null };

/** By the key of each group that has any work; `keys`: of these groups only. */
export async function sumsBy(
  database: Database,
  scope: UsageScope,
  dimension: Dimension,
  keys: readonly string[] | null = null,
): Promise<Map<string, Compared>> {
  const grouped = (query: Knex.QueryBuilder, only = keys): Knex.QueryBuilder => {
    within(query, database, scope);
    if (dimension === 'job') query.join('contracts as c', 'c.id', 'u.contract_id');
    if (only) query.whereIn(dimensions[dimension], only);
    return query.select({ key: dimensions[dimension] }).groupBy(dimensions[dimension]);
  };
  const accepted = async (): Promise<SumRow[]> => {
    if (dimension === 'day' && isEverybody(scope)) return sumsOfDays(database, scope);
    if ((dimension === 'day' || dimension === 'job') && isByJob(scope)) {
      return sumsOfJobs(database, scope, dimension === 'day' ? 'work_date' : 'job_id', keys);
    }
    const days = (query: Knex.QueryBuilder) =>
      query.select([...sums(database, 'u'), database.raw('COUNT(DISTINCT u.work_date) AS days')]);
    if (keys === null || dimension === 'job') return days(grouped(database('usage_days as u')));
    // A query each: for all of them at once PostgreSQL, before it has statistics, reads everybody's work of those days.
    const read = (chunk: string[]) =>
      database.unionAll(chunk.map((key) => days(grouped(database('usage_days as u'), [key]))));
    return inChunks(keys, read, KEYS_PER_STATEMENT);
  };
  const refused: SumRow[] = await grouped(refusals(database)).select(differences(database));
  return compare(await accepted(), refused);
}

/** Everything in the scope. */
export async function sumOf(database: Database, scope: UsageScope): Promise<Compared> {
  const byDay = [...(await sumsBy(database, scope, 'day')).values()];
  return byDay.reduce(
    (all, day) => ({
      accepted: plus(all.accepted, day.accepted),
      counted: plus(all.counted, day.counted),
      days: all.days + day.days,
    }),
    { accepted: unknownTotals, counted: unknownTotals, days: 0 },
  );
}

function sums(database: Database, table: string): Knex.Raw[] {
  return Object.entries(COLUMNS).map(([field, column]) => database.raw(`SUM(${table}.${column}) AS ${field}`));
}

/** Sums kept by day: however much work there is, one row a day. */
async function sumsOfDays(database: Database, { from, until }: UsageScope): Promise<SumRow[]> {
  return database('usage_day_totals')
    .whereBetween('work_date', [from, until])
    .select({ key: 'work_date', ...COLUMNS })
    .select(database.raw('1 AS days'));
}

/** Sums kept by job and day: however many contracts a job has, one row a day. */
async function sumsOfJobs(
  database: Database,
  { from, until, jobIds }: UsageScope,
  key: 'work_date' | 'job_id',
  keys: readonly string[] | null,
): Promise<SumRow[]> {
  const rows = database('usage_job_days as j').whereBetween('j.work_date', [from, until]);
  if (jobIds) rows.whereIn('j.job_id', jobIds);
  if (keys) rows.whereIn(`j.${key}`, keys);
  return rows
    .select({ key: `j.${key}` })
    .groupBy(`j.${key}`)
    .select([...sums(database, 'j'), database.raw('COUNT(DISTINCT j.work_date) AS days')]);
}

/** Refused days `u`, each with what is accepted of the same day, `a`. */
export function refusals(database: Database): Knex.QueryBuilder {
  return database('usage_refusals as u').leftJoin('usage_days as a', (join) =>
    join.on('a.contract_id', 'u.contract_id').andOn('a.trainer_id', 'u.trainer_id').andOn('a.work_date', 'u.work_date'),
  );
}

/** What a refused day would have added to what is accepted; a total that was not told changes nothing. */
function differences(database: Database): Knex.Raw[] {
  return Object.entries(COLUMNS).map(([field, column]) =>
    database.raw(`SUM(COALESCE(u.${column}, a.${column}) - COALESCE(a.${column}, 0)) AS ${field}`),
  );
}

function compare(accepted: readonly SumRow[], refused: readonly SumRow[]): Map<string, Compared> {
  const found = new Map<string, Compared>();
  for (const row of accepted) {
    const totals = totalsOf(row);
    found.set(row.key, { accepted: totals, counted: totals, days: Number(row.days) });
  }
  for (const row of refused) {
    const known = found.get(row.key) ?? { accepted: unknownTotals, counted: unknownTotals, days: 0 };
    found.set(row.key, { ...known, counted: plus(known.accepted, totalsOf(row)) });
  }
  return found;
}

/** PostgreSQL answers sums as text. */
function totalsOf(row: { [field in keyof Totals]: number | string | null }): Totals {
  const number = (value: number | string | null): number | null => (value === null ? null : Number(value));
  return { seconds: number(row.seconds), tasks: number(row.tasks), labels: number(row.labels) };
}

/** What OpenTrain last accepted for each (contract, trainer, day), and what is on its way there. */

import type { Knex } from 'knex';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import type { Totals, WorkDay } from './totals.ts';

export interface UsageDayRow {
  contract_id: string;
  trainer_id: string;
  /** YYYY-MM-DD */
  work_date: string;
  total_seconds: number | null;
  tasks_completed: number | null;
  labels_completed: number | null;
  accepted_at: number;
}

interface UsageSendingRow {
  contract_id: string;
  trainer_id: string;
  work_date: string;
  sender: string;
}

const KEY = ['contract_id', 'trainer_id', 'work_date'] as const;
/** Two senders met: neither knows whose totals came last. */
const CONTESTED = 'contested';

/** The totals of a row. */
export function totalsOf(row: Pick<UsageDayRow, 'total_seconds' | 'tasks_completed' | 'labels_completed'>): Totals {
  return { seconds: row.total_seconds, tasks: row.tasks_completed, labels: row.labels_completed };
}

/** The columns of totals. */
export function totalsColumns(
  totals: Totals,
): Pick<UsageDayRow, 'total_seconds' | 'tasks_completed' | 'labels_completed'> {
  return { total_seconds: totals.seconds, tasks_completed: totals.tasks, labels_completed: totals.labels };
}

/** The primary key of a day's row. */
export function keyColumns(day: WorkDay): { contract_id: string; trainer_id: string; work_date: string } {
  return { contract_id: day.contractId, trainer_id: day.trainerId, work_date: day.day };
}

/** Whose day a row is. */
export function workDayOf(row: { contract_id: string; trainer_id: string; work_date: string }): WorkDay {
  return { contractId: row.contract_id, trainerId: row.trainer_id, day: row.work_date };
}

/** What was accepted for these contracts, from this day on when given; ordered by contract, day, trainer. */
export async function acceptedDays(
  database: Database,
  contractIds: readonly string[],
  since?: string,
): Promise<UsageDayRow[]> {
  const rows = database<UsageDayRow>('usage_days')
    .select('*')
    .whereIn('contract_id', contractIds)
    .orderBy(['contract_id', 'work_date', 'trainer_id']);
  if (since) rows.where('work_date', '>=', since);
  return rows;
}

/**
 * The first day of work that was accepted for a contract, where that is about its first day or earlier: of these contracts, or of all.
 */
export async function acceptedBeforeStart(
  database: Database,
  contractIds?: readonly string[],
): Promise<Map<string, string>> {
  const read = async (ids?: readonly string[]): Promise<{ id: string; day: string }[]> => {
    const rows = database('contracts')
      .join('usage_days', 'usage_days.contract_id', 'contracts.id')
      .whereRaw('usage_days.work_date <= SUBSTR(contracts.start_date, 1, 10)')
      .whereRaw('COALESCE(total_seconds, 0) + COALESCE(tasks_completed, 0) + COALESCE(labels_completed, 0) > 0')
      .groupBy('contracts.id')
      .select('contracts.id', database.raw('MIN(work_date) AS day'));
    return ids ? rows.whereIn('contracts.id', ids) : rows;
  };
  const rows = contractIds ? await inChunks(contractIds, read) : await read();
  return new Map(rows.map(({ id, day }) => [id, day]));
}

/** What was accepted for just these days of a contract. */
export async function acceptedOnDays(
  database: Database,
  contractId: string,
  days: readonly string[],
): Promise<UsageDayRow[]> {
  return database<UsageDayRow>('usage_days').select('*').where({ contract_id: contractId }).whereIn('work_date', days);
}

/** What was accepted for this day, of all contracts. */
export async function acceptedOnDay(database: Database, day: string): Promise<UsageDayRow[]> {
  return database<UsageDayRow>('usage_days').select('*').where({ work_date: day });
}

/** Stores what OpenTrain accepted of one contract, and adds the difference to the sums by day and by job; run it in a transaction. */
export async function saveAcceptedDays(database: Database, rows: readonly UsageDayRow[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const days = [...new Set(rows.map((row) => row.work_date))];
  const before = new Map((await acceptedOnDays(database, first.contract_id, days)).map((row) => [dayKey(row), row]));
  const changes = sumsByDay(rows.map((row) => difference(before.get(dayKey(row)), row)));
  await addToTotals(database, changes);
  await addToJob(database, first.contract_id, changes);
  await addTrainers(
    database,
    rows.filter((row) => !before.has(dayKey(row))),
  );
  await database<UsageDayRow>('usage_days')
    .insert([...rows])
    .onConflict([...KEY])
    .merge();
}

const SUMS = ['total_seconds', 'tasks_completed', 'labels_completed'] as const;

type DaySums = Pick<UsageDayRow, (typeof SUMS)[number] | 'work_date'>;

function dayKey({ trainer_id, work_date }: UsageDayRow): string {
  return JSON.stringify([trainer_id, work_date]);
}

function difference(before: UsageDayRow | undefined, after: UsageDayRow): DaySums {
  const change = (sum: (typeof SUMS)[number]): number | null =>
    after[sum] === null ? null : after[sum] - (before?.[sum] ?? 0);
  const [total_seconds, tasks_completed, labels_completed] = [change(SUMS[0]), change(SUMS[1]), change(SUMS[2])];
  return { work_date: after.work_date, total_seconds, tasks_completed, labels_completed };
}

/** One row a day, in the order of the days: two transactions never wait for each other in a circle. */
function sumsByDay(changes: readonly DaySums[]): DaySums[] {
  const plus = (a: number | null, b: number | null): number | null =>
    a === null && b === null ? null : (a ?? 0) + (b ?? 0);
  const byDay = new Map<string, DaySums>();
  for (const change of changes) {
    const known = byDay.get(change.work_date);
    const sum = (name: (typeof SUMS)[number]): number | null => plus(known?.[name] ?? null, change[name]);
    byDay.set(change.work_date, {
      work_date: change.work_date,
      total_seconds: sum('total_seconds'),
      tasks_completed: sum('tasks_completed'),
      labels_completed: sum('labels_completed'),
    });
  }
  return [...byDay.values()].sort((a, b) => (a.work_date < b.work_date ? -1 : 1));
}

async function addToTotals(database: Database, changes: readonly DaySums[]): Promise<void> {
  const merged = sumsAddedIn(database, 'usage_day_totals');
  await database<DaySums>('usage_day_totals')
    .insert([...changes])
    .onConflict('work_date')
    .merge(merged);
}

/** To the job that the contract is of at this moment. It comes after {@link addToTotals}, which holds the days. */
async function addToJob(database: Database, contractId: string, changes: readonly DaySums[]): Promise<void> {
  const contract: { job_id: string } | undefined = await database('contracts')
    .where({ id: contractId })
    .first('job_id');
  if (!contract) return;
  const { job_id } = contract;
  await database<DaySums & { job_id: string }>('usage_job_days')
    .insert(changes.map((change) => ({ job_id, ...change })))
    .onConflict(['job_id', 'work_date'])
    .merge(sumsAddedIn(database, 'usage_job_days'));
}

/** What a row that is there becomes; a sum that was not told changes nothing. */
function sumsAddedIn(database: Database, table: string): Partial<Record<(typeof SUMS)[number], Knex.Raw>> {
  const added = (name: string): string =>
    `CASE WHEN excluded.${name} IS NULL THEN ${table}.${name} ELSE COALESCE(${table}.${name}, 0) + excluded.${name} END`;
  return Object.fromEntries(SUMS.map((name) => [name, database.raw(added(name))]));
}

/**
 * Adds those to the trainers of a day who had no row on it. It comes after {@link addToTotals}, which holds the day: of two contracts
 * of one trainer that are stored at once the second sees the first.
 */
async function addTrainers(database: Database, rows: readonly UsageDayRow[]): Promise<void> {
  for (const [day, ofDay] of Map.groupBy(rows, (row) => row.work_date)) {
    const trainers = [...new Set(ofDay.map((row) => row.trainer_id))];
    const known = await inChunks(trainers, (chunk) =>
      database<UsageDayRow>('usage_days').where({ work_date: day }).whereIn('trainer_id', chunk).distinct('trainer_id'),
    );
    const added = trainers.length - known.length;
    if (added > 0) await database('usage_day_totals').where({ work_date: day }).increment('trainers', added);
  }
}

/**
 * The days of these contracts of which we do not know what OpenTrain holds: a call was under way when a process died, timed out,
 * or met another one. They are to be sent again whatever we last knew.
 */
export async function uncertainDays(
  database: Database,
  contractIds: readonly string[],
  since?: string,
): Promise<WorkDay[]> {
  const rows = database<UsageSendingRow>('usage_sending').select('*').whereIn('contract_id', contractIds);
  if (since) rows.where('work_date', '>=', since);
  return (await rows).map(workDayOf);
}

/** Notes that `sender` is about to send these days: until settled, what OpenTrain holds for them is uncertain. */
export async function beginSending(database: Database, days: readonly WorkDay[], sender: string): Promise<void> {
  if (days.length === 0) return;
  await database<UsageSendingRow>('usage_sending')
    .insert(days.map((day) => ({ ...keyColumns(day), sender })))
    .onConflict([...KEY])
    .merge();
}

/** The days that `sender` still holds; another sender may have taken some of them meanwhile. Takes its notes away. */
export async function endSending(database: Database, contractId: string, sender: string): Promise<WorkDay[]> {
  const own = { contract_id: contractId, sender };
  const rows = await database<UsageSendingRow>('usage_sending').select('*').where(own);
  await database<UsageSendingRow>('usage_sending').where(own).delete();
  return rows.map(workDayOf);
}

/** The order in which OpenTrain got two reports of these days is not known: they stay uncertain until sent once more. */
export async function contestDays(database: Database, days: readonly WorkDay[]): Promise<void> {
  await beginSending(database, days, CONTESTED);
}

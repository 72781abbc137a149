/** What OpenTrain last accepted for each (contract, trainer, day), and what is on its way there. */

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

/** Stores what OpenTrain accepted. */
export async function saveAcceptedDays(database: Database, rows: readonly UsageDayRow[]): Promise<void> {
  if (rows.length === 0) return;
  await database<UsageDayRow>('usage_days')
    .insert([...rows])
    .onConflict([...KEY])
    .merge();
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

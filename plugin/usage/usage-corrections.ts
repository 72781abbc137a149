/** Days that changed after they had been reported, and by how much. Rows are only ever added. */
import type { Database } from '../store/database.ts';
import { type UsageScope, within } from './usage-scope.ts';

export interface UsageCorrectionRow {
  id: number;
  at: number;
  contract_id: string;
  trainer_id: string;
  work_date: string;
  seconds_change: number | null;
  tasks_change: number | null;
  labels_change: number | null;
}

/** Adds corrections; run it in the transaction that stores the new totals. */
export async function recordCorrections(
  database: Database,
  rows: readonly Omit<UsageCorrectionRow, 'id'>[],
): Promise<void> {
  if (rows.length > 0) await database<UsageCorrectionRow>('usage_corrections').insert([...rows]);
}

/** The corrections made from one instant until before another, oldest first. */
export async function correctionsBetween(database: Database, from: Date, until: Date): Promise<UsageCorrectionRow[]> {
  return database<UsageCorrectionRow>('usage_corrections')
    .select('*')
    .where('at', '>=', from.getTime())
    .where('at', '<', until.getTime())
    .orderBy('id');
}

/** The latest corrections of days in this scope, at most `limit`. */
export async function latestCorrections(
  database: Database,
  scope: UsageScope,
  limit: number,
): Promise<UsageCorrectionRow[]> {
  const query = database('usage_corrections as u').select('u.*').orderBy('u.id', 'desc').limit(limit);
  within(query, database, scope);
  return query;
}

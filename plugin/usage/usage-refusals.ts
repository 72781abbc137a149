/** Entries that OpenTrain refused, with what they said: not sent again until they change or the nightly run tries. */

import type { Database } from '../store/database.ts';
import type { WorkDay } from './totals.ts';
import type { UsageDayRow } from './usage-days.ts';
import { type UsageScope, within } from './usage-scope.ts';

export interface UsageRefusalRow extends Omit<UsageDayRow, 'accepted_at'> {
  /** OpenTrain's words. */
  message: string;
  /** OpenTrain's support asks for it. */
  request_id: string | null;
  at: number;
}

/** Every refusal that stands. */
export async function allRefusals(database: Database): Promise<UsageRefusalRow[]> {
  return database<UsageRefusalRow>('usage_refusals').select('*').orderBy(['contract_id', 'work_date', 'trainer_id']);
}

/** The refusals that stand, or the first of them, each with its contract's title. */
export async function refusalsWithTitles(
  database: Database,
  limit?: number,
): Promise<(UsageRefusalRow & { title: string | null })[]> {
  const rows = database('usage_refusals')
    .leftJoin('contracts', 'contracts.id', 'usage_refusals.contract_id')
    .select('usage_refusals.*', 'contracts.title')
    .orderBy(['contract_id', 'work_date', 'trainer_id']);
  return limit === undefined ? rows : rows.limit(limit);
}

/** The refusals that stand for days in this scope, the latest day first, at most `limit`. */
export async function refusalsWithin(database: Database, scope: UsageScope, limit: number): Promise<UsageRefusalRow[]> {
  const query = database('usage_refusals as u').select('u.*').orderBy('u.work_date', 'desc').limit(limit);
  within(query, database, scope);
  return query;
}

/** The refusals that stand for these contracts. */
export async function refusalsOf(database: Database, contractIds: readonly string[]): Promise<UsageRefusalRow[]> {
  return database<UsageRefusalRow>('usage_refusals').select('*').whereIn('contract_id', contractIds);
}

/** Names a refused entry. */
export async function saveRefusal(database: Database, row: UsageRefusalRow): Promise<void> {
  await database<UsageRefusalRow>('usage_refusals')
    .insert(row)
    .onConflict(['contract_id', 'trainer_id', 'work_date'])
    .merge();
}

/** The refusals of these days no longer stand. */
export async function deleteRefusals(database: Database, days: readonly WorkDay[]): Promise<void> {
  const keys = days.map(({ contractId, trainerId, day }) => [contractId, trainerId, day]);
  await database<UsageRefusalRow>('usage_refusals').whereIn(['contract_id', 'trainer_id', 'work_date'], keys).delete();
}

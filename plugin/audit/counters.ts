/** Counts of things an admin should be able to see, such as refused deliveries. */
import type { Database } from '../store/database.ts';

/** Requests whose X-Forwarded-For was not believed; the detail is the sender's address. */
export const UNTRUSTED_PROXY = 'forwarded by an untrusted address';

/** Parts of OpenTrain's answers that this version cannot read. */
export const CONTRACT_DRIFT = 'contract drift';
/** An answer that was odd longer ago may have been mended. */
export const DRIFT_SHOWN_MS = 24 * 3_600_000;

export interface CounterRow {
  name: string;
  count: number;
  last_at: number;
  last_detail: string | null;
}

/** Adds one (or more), and remembers when and what. */
export async function count(database: Database, name: string, detail: string, at: Date, by = 1): Promise<void> {
  await database<CounterRow>('counters')
    .insert({ name, count: by, last_at: at.getTime(), last_detail: detail })
    .onConflict('name')
    .merge({ count: database.raw('counters.count + ?', [by]), last_at: at.getTime(), last_detail: detail });
}

export async function allCounters(database: Database): Promise<CounterRow[]> {
  return database<CounterRow>('counters').select('*').orderBy('name');
}

export async function findCounter(database: Database, name: string): Promise<CounterRow | undefined> {
  return database<CounterRow>('counters').where({ name }).first();
}

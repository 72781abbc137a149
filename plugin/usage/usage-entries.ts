/** The days of work one by one: whose, for which contract, what was counted and what OpenTrain accepted. */
import type { Knex } from 'knex';
import type { Database } from '../store/database.ts';
import type { Window } from '../store/window.ts';
import type { Day } from './days.ts';
import type { Totals } from './totals.ts';
import { type UsageScope, within } from './usage-scope.ts';
import { COLUMNS, refusals } from './usage-sums.ts';

export interface UsageEntry {
  contractId: string;
  trainerId: string;
  day: Day;
  accepted: Totals;
  counted: Totals;
  /** Why OpenTrain refused what was counted; null where nothing was refused. */
  refusal: string | null;
}

type EntryRow = { contract_id: string; trainer_id: string; work_date: Day; message: string | null } & {
  [field in keyof Totals as `accepted_${field}` | `refused_${field}`]: number | null;
};

const KEY = ['work_date', 'contract_id', 'trainer_id'] as const;

/** The entries of this window, the latest day first. */
export async function usageEntries(database: Database, scope: UsageScope, window: Window): Promise<UsageEntry[]> {
  const rows: EntryRow[] = await database
    .with('k', keysOf(database, scope, window))
    .from('k')
    .leftJoin('usage_days as a', sameDay('a'))
    .leftJoin('usage_refusals as r', sameDay('r'))
    .select('k.*', 'r.message', totalsOf('a', 'accepted'), totalsOf('r', 'refused'))
    .orderBy(KEY.map((column) => ({ column: `k.${column}`, order: 'desc' as const })));
  return rows.map(entryOf);
}

/** The index gives both halves in this order: only the rows up to the window's end are read. */
function keysOf(database: Database, scope: UsageScope, { offset, limit }: Window): Knex.QueryBuilder {
  const columns = KEY.map((column) => `u.${column}`);
  const accepted = database('usage_days as u').select(columns);
  const refusedOnly = refusals(database).whereNull('a.work_date').select(columns);
  for (const half of [accepted, refusedOnly]) within(half, database, scope);
  return accepted
    .unionAll(refusedOnly)
    .orderBy(KEY.map((column) => ({ column, order: 'desc' as const })))
    .offset(offset)
    .limit(limit);
}

function sameDay(table: string): Knex.JoinCallback {
  return function () {
    for (const column of KEY) this.on(`${table}.${column}`, `k.${column}`);
  };
}

function totalsOf(table: string, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(COLUMNS).map(([field, column]) => [`${prefix}_${field}`, `${table}.${column}`]),
  );
}

function entryOf(row: EntryRow): UsageEntry {
  const accepted = { seconds: row.accepted_seconds, tasks: row.accepted_tasks, labels: row.accepted_labels };
  const counted = {
    seconds: row.refused_seconds ?? accepted.seconds,
    tasks: row.refused_tasks ?? accepted.tasks,
    labels: row.refused_labels ?? accepted.labels,
  };
  const whose = { contractId: row.contract_id, trainerId: row.trainer_id, day: row.work_date };
  return { ...whose, accepted, counted, refusal: row.message };
}

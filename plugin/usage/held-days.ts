/** Days that are held, or about which an admin decided: kept until the count of the day is another one. */

import type { Database } from '../store/database.ts';
import type { DayChange } from './differences.ts';
import type { SortedChanges } from './sort-changes.ts';
import { keyOf, type Totals, unknownTotals } from './totals.ts';
import { keyColumns, totalsColumns, totalsOf, type UsageDayRow, workDayOf } from './usage-days.ts';

export type Decision = 'accepted' | 'dropped';

/** The totals of the row are what the tool has. */
export interface HeldDayRow extends Omit<UsageDayRow, 'accepted_at'> {
  /** What OpenTrain accepted. */
  accepted_seconds: number | null;
  accepted_tasks: number | null;
  accepted_labels: number | null;
  /** null: nobody decided yet. */
  decision: Decision | null;
  held_at: number;
  decided_at: number | null;
}

/** What OpenTrain accepted for a held day. */
export function acceptedTotals(row: HeldDayRow): Totals {
  return { seconds: row.accepted_seconds, tasks: row.accepted_tasks, labels: row.accepted_labels };
}

/** The rows of these contracts, or of all; ordered by contract, day and trainer. */
export async function heldDays(database: Database, contractIds?: readonly string[]): Promise<HeldDayRow[]> {
  const rows = database<HeldDayRow>('usage_held').select('*').orderBy(['contract_id', 'work_date', 'trainer_id']);
  if (contractIds) rows.whereIn('contract_id', contractIds);
  return rows;
}

/** The contracts that wait for an admin's decision. */
export async function heldContracts(database: Database): Promise<Set<string>> {
  return new Set(await database<HeldDayRow>('usage_held').whereNull('decision').distinct().pluck('contract_id'));
}

/** What an admin decided of these held days. */
export async function saveDecision(
  database: Database,
  contractIds: readonly string[],
  { decision, now }: { decision: Decision; now: Date },
): Promise<void> {
  await database<HeldDayRow>('usage_held')
    .whereIn('contract_id', contractIds)
    .whereNull('decision')
    .update({ decision, decided_at: now.getTime() });
}

export interface Recompared {
  contractId: string;
  /** Days before this one were not compared; null: all were. */
  since: string | null;
  /** Days that could not be read: what is stored for them stays. */
  unread: ReadonlySet<string>;
  /** The rows of the contract before. */
  rows: readonly HeldDayRow[];
}

/** Stores what is held and decided after a comparison, and returns all rows of the contract. */
export async function replaceHeld(
  database: Database,
  compared: Recompared,
  { held, dropped, accepted }: Pick<SortedChanges, 'held' | 'dropped' | 'accepted'>,
  now: Date,
): Promise<HeldDayRow[]> {
  const { contractId, since, rows } = compared;
  if (rows.length + held.length === 0) return [];
  const before = new Map(rows.map((row) => [keyOf(workDayOf(row)), row]));
  const stays = rows.filter(
    (row) => (since !== null && row.work_date < since) || compared.unread.has(keyOf(workDayOf(row))),
  );
  const rowOf = (change: DayChange, decision: Decision | null): HeldDayRow =>
    heldRow(change, { decision, known: before.get(keyOf(change)), now });
  const after = [
    ...held.map((change) => rowOf(change, null)),
    ...dropped.map((change) => rowOf(change, 'dropped')),
    ...accepted.map((change) => rowOf(change, 'accepted')),
  ];
  await database.transaction(async (transaction) => {
    const old = transaction<HeldDayRow>('usage_held').where({ contract_id: contractId });
    const kept = new Set(stays.map((row) => keyOf(workDayOf(row))));
    for (const row of await old.clone().select('*')) {
      if (kept.has(keyOf(workDayOf(row)))) continue;
      await old
        .clone()
        .where(keyColumns(workDayOf(row)))
        .delete();
    }
    if (after.length > 0) await transaction.batchInsert('usage_held', after, 100);
  });
  return [...stays, ...after];
}

/** The row of a change; it says when the one before it was held and decided, if there was one. */
export function heldRow(
  change: DayChange,
  { decision, known, now }: { decision: Decision | null; known: HeldDayRow | undefined; now: Date },
): HeldDayRow {
  const { seconds, tasks, labels } = change.before ?? unknownTotals;
  return {
    ...keyColumns(change),
    ...totalsColumns(change.now),
    ...{ accepted_seconds: seconds, accepted_tasks: tasks, accepted_labels: labels },
    decision,
    held_at: known?.held_at ?? now.getTime(),
    decided_at: decision === null ? null : (known?.decided_at ?? now.getTime()),
  };
}

/** Whether a row is about just these totals. */
export function isAbout(row: HeldDayRow | undefined, { now }: DayChange): row is HeldDayRow {
  if (!row) return false;
  const { seconds, tasks, labels } = totalsOf(row);
  return seconds === now.seconds && tasks === now.tasks && labels === now.labels;
}

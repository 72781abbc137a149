/**
 * What must be sent so that OpenTrain holds the tallied totals. Pure.
 *
 * | tallied | accepted before          | sent                                                                            |
 * |---------|--------------------------|---------------------------------------------------------------------------------|
 * | same    | same                     | nothing                                                                         |
 * | some    | nothing, or other values | what was tallied; what the tool does not know is left out                       |
 * | nothing | some                     | zeros: the work was deleted, or belongs to another contract now                 |
 * | nothing | some, of a trainer who cannot be recognised in the tool | nothing: we could not have seen their work       |
 * | any     | uncertain (a call whose answer we never got)            | always                                           |
 * | some    | refused with just these values                          | nothing, unless refused entries are to be tried again |
 */
import type { DayTotals } from './day-totals.ts';
import { change, fields, isEmpty, keyOf, over, same, type Totals, unknownTotals, type WorkDay } from './totals.ts';

/** One day of a contract that differs. */
export interface DayChange extends WorkDay {
  /** What OpenTrain accepted before; null: nothing, or it is uncertain what. */
  before: Totals | null;
  /** What to send; unknown fields are left out. */
  now: Totals;
  /** What OpenTrain holds is not known: a call was cut off. */
  uncertain: boolean;
}

export interface Comparison {
  tallied: Iterable<DayTotals>;
  accepted: Iterable<DayTotals>;
  refused: Iterable<DayTotals>;
  uncertain: Iterable<WorkDay>;
  /** Trainers whom an empty tally says something about. */
  recognisable: ReadonlySet<string>;
  retryRefused: boolean;
  /** The tool records time on task. */
  knowsSeconds: boolean;
}

/** The days that differ, oldest first. */
export function differences(comparison: Comparison): DayChange[] {
  const tallied = byKey(comparison.tallied);
  const accepted = byKey(comparison.accepted);
  const refused = byKey(comparison.refused);
  const uncertain = new Map([...comparison.uncertain].map((day) => [keyOf(day), day]));
  const days = new Map<string, WorkDay>([...uncertain, ...accepted, ...tallied]);
  const changes: DayChange[] = [];
  for (const [key, { contractId, trainerId, day }] of days) {
    if (!tallied.has(key) && !comparison.recognisable.has(trainerId)) continue;
    const before = accepted.get(key)?.totals ?? null;
    const isUncertain = uncertain.has(key);
    const now = tallied.get(key)?.totals ?? nothingDone(before, comparison.knowsSeconds);
    const refusedTotals = refused.get(key)?.totals;
    if (!isUncertain && holds(before, now)) continue;
    if (!comparison.retryRefused && refusedTotals && same(refusedTotals, now)) continue;
    changes.push({ contractId, trainerId, day, before, now, uncertain: isUncertain });
  }
  return changes.sort((a, b) => (a.day < b.day ? -1 : Number(a.day > b.day)));
}

function byKey(days: Iterable<DayTotals>): Map<string, DayTotals> {
  return new Map([...days].map((day) => [keyOf(day), day]));
}

/** Whether OpenTrain holds these totals already. */
function holds(before: Totals | null, now: Totals): boolean {
  return before === null ? isEmpty(now) : same(over(before, now), before);
}

/** Zeros in the fields that were reported (or could have been, when that is not known). */
function nothingDone(before: Totals | null, knowsSeconds: boolean): Totals {
  if (before === null) return { seconds: knowsSeconds ? 0 : null, tasks: 0, labels: 0 };
  const zero = (value: number | null): number | null => (value === null ? null : 0);
  return { seconds: zero(before.seconds), tasks: zero(before.tasks), labels: zero(before.labels) };
}

/** Whether the change takes work away that was accepted. */
export function lowers({ before, now }: DayChange): boolean {
  const changed = change(before ?? unknownTotals, over(before ?? unknownTotals, now));
  return fields.some((field) => (changed[field] ?? 0) < 0);
}

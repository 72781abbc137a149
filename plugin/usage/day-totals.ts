/**
 * From assigned rows to the totals that OpenTrain should hold: one per (contract, trainer, day), summed over all projects. Pure.
 *
 * A day has at most 86,400 seconds (contract: "Usage"): what is above is cut off and said (`Cut`).
 *
 * On the day a project moves to another job, the earlier job may already have been paid for a part of that day, and if it has no
 * link left, OpenTrain takes no more totals for it: what it accepted stays. That part is taken off the day of the contract that
 * now claims it, so that no work is counted twice.
 */
import type { Assignment } from './attribution.ts';
import type { Day } from './days.ts';
import { fields, keyOf, plus, type Totals, type WorkDay } from './totals.ts';

export const SECONDS_PER_DAY = 86_400;

export interface DayTotals extends WorkDay {
  totals: Totals;
}

/** Time that was not counted, and where. */
export interface Cut {
  trainerId: string;
  projectId: string;
  day: Day;
  /** How many annotations took longer than USAGE_MAX_SECONDS_PER_ANNOTATION … */
  cappedAnnotations: number;
  /** … and how many seconds that took off. */
  cappedSeconds: number;
  /** Seconds above 86,400 on the day; named at the project with the most time. */
  clampedSeconds: number;
}

export interface Tallied {
  /** By {@link keyOf}. */
  days: Map<string, DayTotals>;
  cuts: Cut[];
}

/**
 * The totals of every day that has work. `frozen` holds what OpenTrain accepted, by {@link keyOf}, for contracts that can no
 * longer be reported.
 */
export function dayTotals(assignments: readonly Assignment[], frozen: ReadonlyMap<string, Totals>): Tallied {
  const days = new Map<string, DayTotals>();
  const cuts = new Map<string, Cut>();
  const longest = new Map<string, Assignment>();
  for (const assignment of assignments) {
    const workDay = workDayOf(assignment);
    if (!workDay) continue;
    const key = keyOf(workDay);
    const known = days.get(key);
    days.set(key, { ...workDay, totals: known ? plus(known.totals, assignment.totals) : assignment.totals });
    if ((assignment.row.seconds ?? 0) >= (longest.get(key)?.row.seconds ?? 0)) longest.set(key, assignment);
    addCapped(cuts, assignment, workDay);
  }
  takeOffFrozen(days, assignments, frozen);
  clamp(days, longest, cuts);
  return { days, cuts: [...cuts.values()] };
}

function workDayOf({ contractId, trainerId, row }: Assignment): WorkDay | null {
  return contractId === null || trainerId === null ? null : { contractId, trainerId, day: row.day };
}

function cutOf(cuts: Map<string, Cut>, { row }: Assignment, { trainerId, day }: WorkDay): Cut {
  const key = JSON.stringify([trainerId, row.projectId, day]);
  const cut = cuts.get(key) ?? {
    trainerId,
    projectId: row.projectId,
    day,
    cappedAnnotations: 0,
    cappedSeconds: 0,
    clampedSeconds: 0,
  };
  cuts.set(key, cut);
  return cut;
}

function addCapped(cuts: Map<string, Cut>, assignment: Assignment, workDay: WorkDay): void {
  if (assignment.row.cappedAnnotations === 0) return;
  const cut = cutOf(cuts, assignment, workDay);
  cut.cappedAnnotations += assignment.row.cappedAnnotations;
  cut.cappedSeconds += assignment.row.cappedSeconds;
}

function takeOffFrozen(
  days: Map<string, DayTotals>,
  assignments: readonly Assignment[],
  frozen: ReadonlyMap<string, Totals>,
): void {
  const left = new Map<string, Totals>();
  for (const assignment of assignments) {
    const workDay = workDayOf(assignment);
    if (!workDay) continue;
    for (const contractId of assignment.otherContractIds) {
      const otherKey = keyOf({ ...workDay, contractId });
      const accepted = frozen.get(otherKey);
      if (!accepted) continue;
      const surplus = left.get(otherKey) ?? aboveOwn(accepted, days.get(otherKey)?.totals);
      left.set(otherKey, surplus);
      const day = days.get(keyOf(workDay));
      if (day) day.totals = lessened(day.totals, surplus, assignment.totals);
    }
  }
}

/** What was accepted beyond the other contract's own work of that day. */
function aboveOwn(accepted: Totals, own: Totals | undefined): Totals {
  const above = (field: (typeof fields)[number]): number => Math.max(0, (accepted[field] ?? 0) - (own?.[field] ?? 0));
  return { seconds: above('seconds'), tasks: above('tasks'), labels: above('labels') };
}

/** Takes up to `row` of the surplus off the day, and off the surplus. */
function lessened(day: Totals, surplus: Totals, row: Totals): Totals {
  const result = { ...day };
  for (const field of fields) {
    const share = Math.min(surplus[field] ?? 0, row[field] ?? 0, day[field] ?? 0);
    surplus[field] = (surplus[field] ?? 0) - share;
    if (day[field] !== null) result[field] = day[field] - share;
  }
  return result;
}

function clamp(days: Map<string, DayTotals>, longest: Map<string, Assignment>, cuts: Map<string, Cut>): void {
  for (const [key, day] of days) {
    const excess = (day.totals.seconds ?? 0) - SECONDS_PER_DAY;
    const assignment = longest.get(key);
    if (excess <= 0 || !assignment) continue;
    day.totals = { ...day.totals, seconds: SECONDS_PER_DAY };
    cutOf(cuts, assignment, day).clampedSeconds += excess;
  }
}

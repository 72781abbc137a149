/** What is reported for one day of work, and how such totals add up and differ. */
import type { Day } from './days.ts';

/** One trainer's work for one contract on one day; null is "not known", and is left out of what is sent. */
export interface Totals {
  seconds: number | null;
  tasks: number | null;
  labels: number | null;
}

/** Whose day it is. */
export interface WorkDay {
  contractId: string;
  trainerId: string;
  day: Day;
}

export const fields = ['seconds', 'tasks', 'labels'] as const;

export const unknownTotals: Readonly<Totals> = Object.freeze({ seconds: null, tasks: null, labels: null });

/** One text for one (contract, trainer, day), to look it up by. */
export function keyOf({ contractId, trainerId, day }: WorkDay): string {
  return JSON.stringify([contractId, trainerId, day]);
}

/** The sum, field by field; what only one side knows is that side's. */
export function plus(a: Totals, b: Totals): Totals {
  const sum = (x: number | null, y: number | null): number | null => (x === null ? y : x + (y ?? 0));
  return { seconds: sum(a.seconds, b.seconds), tasks: sum(a.tasks, b.tasks), labels: sum(a.labels, b.labels) };
}

/** `now` where it is known, else `before`: what OpenTrain holds after accepting `now` (an omitted field keeps its value). */
export function over(before: Totals, now: Totals): Totals {
  return {
    seconds: now.seconds ?? before.seconds,
    tasks: now.tasks ?? before.tasks,
    labels: now.labels ?? before.labels,
  };
}

/** How much was added from one to the other (negative: taken away); null where neither side knows. */
export function change(before: Totals, after: Totals): Totals {
  const difference = (x: number | null, y: number | null): number | null =>
    x === null && y === null ? null : (y ?? 0) - (x ?? 0);
  return {
    seconds: difference(before.seconds, after.seconds),
    tasks: difference(before.tasks, after.tasks),
    labels: difference(before.labels, after.labels),
  };
}

/** Whether both say the same. */
export function same(a: Totals, b: Totals): boolean {
  return fields.every((field) => a[field] === b[field]);
}

/** Whether there is no work in it. */
export function isEmpty(totals: Totals): boolean {
  return fields.every((field) => (totals[field] ?? 0) === 0);
}

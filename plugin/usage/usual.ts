/** What is usual for one person: the medians of their own days before. Pure. */
import { addDays, type Day } from './days.ts';

/** What one person did on one day, in all projects. */
export interface DaySum {
  day: Day;
  annotations: number;
  /** Annotations whose time is in `seconds`. */
  timedAnnotations: number;
  seconds: number;
}

export interface Usual {
  /** Annotations of a day on which they worked; null when they worked on too few. */
  annotations: number | null;
  /** Annotations an hour; null where too few days have a speed. */
  speed: number | null;
}

/** Days looked back. */
export const USUAL_DAYS = 28;
/** Fewer days than this say nothing. */
const FEWEST_DAYS = 5;
/** Less than this is too little for a speed. */
const LEAST_SECONDS = 600;
const LEAST_TIMED = 10;
const SECONDS_AN_HOUR = 3_600;

/** The medians of the 28 days before this one, from a person's days in any order. */
export function usualBefore(days: readonly DaySum[], day: Day): Usual {
  const from = addDays(day, -USUAL_DAYS);
  const worked = days.filter((one) => from <= one.day && one.day < day && one.annotations > 0);
  const speeds = worked.map(speedOf).filter((speed) => speed !== null);
  return {
    annotations: medianOf(worked.map(({ annotations }) => annotations)),
    speed: medianOf(speeds),
  };
}

/** Annotations an hour; null for less than 10 annotations or 10 minutes. */
export function speedOf({ timedAnnotations, seconds }: Pick<DaySum, 'timedAnnotations' | 'seconds'>): number | null {
  if (timedAnnotations < LEAST_TIMED || seconds < LEAST_SECONDS) return null;
  return (timedAnnotations * SECONDS_AN_HOUR) / seconds;
}

/** The middle one, or the mean of the two in the middle; null for fewer than 5. */
function medianOf(values: readonly number[]): number | null {
  if (values.length < FEWEST_DAYS) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** From when on an admin wants to be told of a budget: thresholds of one's own, for all jobs or for one. Pure. */
import type { BudgetStatus } from './budget-status.ts';

const DAY_MS = 86_400_000;

export interface Threshold {
  /** From so many percent used on; null: not set. */
  usedPercent: number | null;
  /** From so many days before the forecast's end on; null: not set. */
  daysLeft: number | null;
}

export interface Thresholds {
  /** For jobs without one of their own. */
  all: Threshold;
  /** By job id; what is not set there is that of all jobs. */
  jobs: ReadonlyMap<string, Threshold>;
}

export const noThreshold: Threshold = { usedPercent: null, daysLeft: null };

/** `used`, `ends`: a threshold of one's own is reached; `low`: OpenTrain says LOW; `limit` is the threshold. */
export type BudgetWarning = { kind: 'used' | 'ends'; limit: number } | { kind: 'low' } | null;

/** What applies to a job. */
export function thresholdOf({ all, jobs }: Thresholds, jobId: string | null): Threshold {
  const own = (jobId === null ? undefined : jobs.get(jobId)) ?? noThreshold;
  return { usedPercent: own.usedPercent ?? all.usedPercent, daysLeft: own.daysLeft ?? all.daysLeft };
}

/**
 * | budget                                            | told              |
 * |---------------------------------------------------|-------------------|
 * | DEPLETED                                          | as used up, not here |
 * | a percentage is set, and at least so much is used | `used`            |
 * | days are set, and the forecast ends within them   | `ends`            |
 * | LOW, and no percentage is set                     | `low`             |
 * | else                                              | nothing           |
 *
 * A percentage of one's own stands in the place of OpenTrain's LOW, which is 80 %. `now` is in milliseconds since 1970 UTC.
 */
export function budgetWarning(
  { state, consumedFraction, fundedUntil }: Pick<BudgetStatus, 'state' | 'consumedFraction' | 'fundedUntil'>,
  { usedPercent, daysLeft }: Threshold,
  now: number,
): BudgetWarning {
  if (state === 'DEPLETED') return null;
  if (usedPercent !== null && consumedFraction !== null && consumedFraction >= usedPercent / 100) {
    return { kind: 'used', limit: usedPercent };
  }
  if (daysLeft !== null && fundedUntil !== null && fundedUntil <= now + daysLeft * DAY_MS) {
    return { kind: 'ends', limit: daysLeft };
  }
  return state === 'LOW' && usedPercent === null ? { kind: 'low' } : null;
}

/** The lowest percentage as a part of 1, and the latest end: no budget beyond both is warned of. null: not set anywhere. */
export function widest({ all, jobs }: Thresholds, now: number): { used: number | null; endsBefore: number | null } {
  const every = [all, ...jobs.values()];
  const percents = every.flatMap(({ usedPercent }) => usedPercent ?? []);
  const days = every.flatMap(({ daysLeft }) => daysLeft ?? []);
  return {
    used: percents.length === 0 ? null : Math.min(...percents) / 100,
    endsBefore: days.length === 0 ? null : now + Math.max(...days) * DAY_MS,
  };
}

/** "80 % used, 5 days left"; "none" where nothing is set. */
export function thresholdText({ usedPercent, daysLeft }: Threshold): string {
  const parts = [usedPercent === null ? [] : `${usedPercent} % used`, daysLeft === null ? [] : `${daysLeft} days left`];
  return parts.flat().join(', ') || 'none';
}

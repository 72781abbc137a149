/** Work of the last days that no contract covers, by name, with its cause and its remedy. It is in no total. */
import type { StoreContext } from '../context.ts';
import { findTrainers } from '../mirror/trainers.ts';
import { addDays, dayOf } from '../usage/days.ts';
import { type UncoveredCause, type UncoveredQuery, type UncoveredSum, uncoveredSums } from '../usage/uncovered-work.ts';
import { projectTitles, whoIs } from './people.ts';
import type { UngroupedProblem } from './status-types.ts';

export interface UncoveredStatus extends UncoveredSum {
  /** By name. */
  trainer: string;
  project: string;
}

const DAYS = 14;
const MOST = 200;

/** Who worked where without a contract that covers it, in the last 14 days; at most 200 of them, the latest first. */
export async function readUncovered(context: StoreContext): Promise<UncoveredStatus[]> {
  const today = dayOf(context.clock.now(), context.settings.usage.timezone);
  return findUncovered(context, { since: addDays(today, 1 - DAYS) }, MOST);
}

/** The same of any days and people, at most `limit`. */
export async function findUncovered(
  context: StoreContext,
  query: UncoveredQuery,
  limit: number,
): Promise<UncoveredStatus[]> {
  const sums = await uncoveredSums(context.database, query, limit);
  if (sums.length === 0) return [];
  const trainers = await findTrainers(context.database, [...new Set(sums.map(({ trainerId }) => trainerId))]);
  const names = new Map(
    trainers.map(({ id, display_name, work_email }) => [
      id,
      whoIs({ id, displayName: display_name, workEmail: work_email }),
    ]),
  );
  const titles = await projectTitles(context);
  return sums.map((sum) => ({
    ...sum,
    trainer: names.get(sum.trainerId) ?? sum.trainerId,
    project: titles.get(sum.projectId) ?? `project ${sum.projectId}`,
  }));
}

/** Why no contract covers the work, and what to do about it. */
export const uncoveredWords: Readonly<Record<UncoveredCause, { why: string; remedy: string }>> = {
  'other-job': {
    why: 'their contract is for another job',
    remedy: 'Give them a contract on this project’s job, or link the project to the job of their contract.',
  },
  'outside-dates': {
    why: 'their contract on this job does not cover those days',
    remedy: 'Change the dates of the contract on OpenTrain if the work is to count.',
  },
  'no-contract': {
    why: 'they have no contract',
    remedy: 'Hire them for this project’s job on OpenTrain if the work is to count.',
  },
};

/** Each as a problem. Pure. */
export function uncoveredProblems(uncovered: readonly UncoveredStatus[]): UngroupedProblem[] {
  return uncovered.map(({ trainerId, trainer, project, cause, days, lastDay, labels }) => {
    const amount = `${labels === null ? '' : `${labels} labels on `}${days} ${days === 1 ? 'day' : 'days'}, last on ${lastDay}`;
    const { why, remedy } = uncoveredWords[cause];
    const what = `Work of ${trainer} in ${project} counts for no contract (${amount}): ${why}.`;
    return { matter: 'uncovered-work', severity: 'watch', what, remedy, since: null, trainerId };
  });
}

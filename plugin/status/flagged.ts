/** Days that people should look at, by name and in words: for the console. */
import type { StoreContext } from '../context.ts';
import { createFormat } from '../text/format.ts';
import { oneLine } from '../text/one-line.ts';
import { flagWords } from '../usage/flag-words.ts';
import { type DayFlag, flagsWithin } from '../usage/usage-flags.ts';
import type { UsageScope } from '../usage/usage-scope.ts';
import { projectTitles } from './people.ts';
import { trainerNames } from './usage-groups.ts';

export interface FlaggedDay extends DayFlag {
  trainer: string;
  /** By title. */
  projects: string[];
  /** What was seen, with its numbers. */
  words: string;
}

/** The flags within this scope, the latest day first, at most `limit`. */
export async function readFlagged(
  context: StoreContext,
  scope: Pick<UsageScope, 'from' | 'until'> & Partial<UsageScope>,
  limit: number,
): Promise<FlaggedDay[]> {
  const { database, settings, clock } = context;
  const flags = await flagsWithin(database, scope, limit);
  if (flags.length === 0) return [];
  const names = await trainerNames(database, [...new Set(flags.map(({ trainerId }) => trainerId))]);
  const titles = await projectTitles(context);
  const format = createFormat(settings.usage.timezone, () => clock.now());
  return flags.map((flag) => ({
    ...flag,
    trainer: names.get(flag.trainerId) ?? flag.trainerId,
    projects: flag.projectIds.map((id) => titles.get(id) ?? `project ${id}`),
    words: flagWords(flag, format),
    ...(flag.why === undefined ? {} : { why: oneLine(flag.why) }),
  }));
}

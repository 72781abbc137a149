/** The part of the report on days that people should look at. Pure. */
import type { Flag } from '../usage/flags.ts';
import type { DayFlag } from '../usage/usage-flags.ts';
import type { Names } from './names.ts';

export interface FlagLine extends Flag {
  trainerId: string;
  trainer: string;
  /** The projects of the day, by title. */
  projects: string[];
  /** Of a day that cannot be read: what the tool said. */
  why?: string;
}

/** One line for each flag, by trainer. */
export function flagLines(flags: readonly DayFlag[], names: Names): FlagLine[] {
  const lines = flags.map(({ trainerId, projectIds, day: _day, ...flag }) => ({
    ...{ trainerId, trainer: names.trainer(trainerId), projects: projectIds.map((id) => names.project(id)) },
    ...flag,
  }));
  return lines.sort((a, b) => a.trainer.localeCompare(b.trainer));
}

/** The part of the report on days that people should look at. Pure. */
import type { Assignment } from '../usage/attribution.ts';
import { type Flag, flagsOf } from '../usage/flags.ts';
import type { Names } from './names.ts';

export interface FlagLine extends Flag {
  trainerId: string;
  trainer: string;
  /** The projects of the day, by title. */
  projects: string[];
}

/** One line for each flag of each trainer, from the assignments of one day. */
export function flagLines(
  assignments: readonly Assignment[],
  names: Names,
  maxSecondsPerAnnotation: number,
): FlagLine[] {
  const byTrainer = Map.groupBy(assignments, ({ trainerId }) => trainerId);
  return [...byTrainer].flatMap(([trainerId, own]) => {
    if (trainerId === null) return [];
    const rows = own.map(({ row }) => row);
    const projects = [...new Set(rows.map(({ projectId }) => projectId))].map((id) => names.project(id));
    const who = { trainerId, trainer: names.trainer(trainerId), projects };
    return flagsOf(rows, maxSecondsPerAnnotation).map((flag) => ({ ...who, ...flag }));
  });
}

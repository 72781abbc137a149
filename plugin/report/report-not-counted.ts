/** The part of the report on what trainers have in the tool that is no work of theirs, and so was not submitted. Pure. */
import type { NotCountedReason } from '../../adapters/tool.ts';
import type { Assignment } from '../usage/attribution.ts';
import type { Names } from './names.ts';

export interface NotCountedLine {
  projectId: string;
  project: string;
  trainerId: string;
  trainer: string;
  /** `edited-by-others`: the labels count, their time does not, since nobody can tell whose it is. */
  reason: NotCountedReason | 'edited-by-others';
  annotations: number;
  /** null where the tool does not record time. */
  seconds: number | null;
}

/** One line for each trainer, project and reason; nothing for people who are no trainers. */
export function notCountedLines(assignments: readonly Assignment[], names: Names): NotCountedLine[] {
  return assignments.flatMap(({ row, trainerId }) => {
    if (trainerId === null) return [];
    const { projectId, notCounted = [], editedByOthers } = row;
    const who = { projectId, project: names.project(projectId), trainerId, trainer: names.trainer(trainerId) };
    const edited = editedByOthers ? [{ reason: 'edited-by-others' as const, ...editedByOthers }] : [];
    return [...notCounted, ...edited].map((line) => ({ ...who, ...line }));
  });
}

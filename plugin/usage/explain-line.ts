/**
 * What one annotation adds to a contract's day, and why not more. Pure.
 *
 * | the annotation                                      | label | time                | why                                       |
 * |-----------------------------------------------------|-------|---------------------|-------------------------------------------|
 * | is left out by the tally                            | no    | no                  | the tally's reason                        |
 * | is in a project that no link of ours has            | no    | no                  | its project is linked to no job           |
 * | was made after the tally was read                   | no    | no                  | the next sync counts it                   |
 * | of a row that goes to another contract              | no    | no                  | it counts for that contract               |
 * | of a row that goes to no contract                   | no    | no                  | no contract covers the day in its project |
 * | was edited by another account last                  | yes   | no                  | nobody can tell whose the time is         |
 * | has no time that is a number above 0                | yes   | no                  | no usable time                            |
 * | has more time than USAGE_MAX_SECONDS_PER_ANNOTATION | yes   | as much as is       | the cap                                   |
 * | any other                                           | yes   | yes                 |                                           |
 *
 * "label" stands for whatever the link counts: one for the annotation, or its regions. A confirmation is a task and no label.
 */
import type { ExplainedAnnotation } from '../../adapters/tool.ts';
import type { LabelUnit } from '../mirror/project-links.ts';
import type { Assignment } from './attribution.ts';
import { notCountedWords } from './not-counted-words.ts';

export interface ExplainedLine {
  annotationId: string;
  kind: ExplainedAnnotation['kind'];
  taskId: string;
  projectId: string;
  toolUserId: string;
  createdAt: Date;
  /** As the tool has it; null: none that is a number. */
  recordedSeconds: number | null;
  /** What it adds to the contract's day; null where the tool records no time. */
  seconds: number | null;
  labels: number;
  /** Whether it counts for the contract at all. */
  isCounted: boolean;
  /** Why it does not, or why not all of its time does; null: all of it counts. */
  why: string | null;
}

export interface LineContext {
  contractId: string;
  /** The row of the tally that the annotation is part of. */
  assignment: Assignment | undefined;
  /** Of the link that the contract's job has to the project. */
  labelUnit: LabelUnit;
  isLinked: boolean;
  maxSecondsPerAnnotation: number;
}

/** The row of the table above that holds for this annotation. */
export function explainLine(annotation: ExplainedAnnotation, context: LineContext): ExplainedLine {
  const { annotationId, kind, taskId, projectId, toolUserId, createdAt, recordedSeconds, countedSeconds } = annotation;
  const own = { annotationId, kind, taskId, projectId, toolUserId, createdAt, recordedSeconds };
  const whyNot = leftOut(annotation, context);
  if (whyNot !== null) {
    return { ...own, seconds: countedSeconds === null ? null : 0, labels: 0, isCounted: false, why: whyNot };
  }
  const unit = context.labelUnit === 'regions' ? (annotation.regions ?? 0) : 1;
  const labels = kind === 'confirmation' ? 0 : unit;
  return { ...own, seconds: countedSeconds, labels, isCounted: true, why: lessTime(annotation, context) };
}

function leftOut(annotation: ExplainedAnnotation, { contractId, assignment, isLinked }: LineContext): string | null {
  if (annotation.leftOut !== null) return notCountedWords[annotation.leftOut];
  if (!isLinked) return 'its project is linked to no job';
  if (!assignment) return 'made after the work was counted: the next sync counts it';
  if (assignment.contractId === contractId) return null;
  return assignment.contractId === null
    ? 'no contract of this trainer covers this day in its project'
    : `it counts for contract ${assignment.contractId}`;
}

function lessTime(annotation: ExplainedAnnotation, { maxSecondsPerAnnotation }: LineContext): string | null {
  const { recordedSeconds, countedSeconds, editedByOther } = annotation;
  if (countedSeconds === null) return null;
  if (editedByOther) return notCountedWords['edited-by-others'];
  if (recordedSeconds === null || recordedSeconds <= 0) return 'the label counts; it has no usable time';
  return recordedSeconds > maxSecondsPerAnnotation
    ? `the label counts; of its time at most ${maxSecondsPerAnnotation} s (USAGE_MAX_SECONDS_PER_ANNOTATION)`
    : null;
}

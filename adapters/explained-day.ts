/** One day of one person in the tool, annotation by annotation: what `ToolAdapter.explainDay` asks for and answers. */
import type { NotCountedReason } from './tool.ts';

export interface DayQuery {
  /** The accounts of one person. */
  toolUserIds: readonly string[];
  /** Work created at or after this instant … */
  from: Date;
  /** … and before this one; a day or two later at most. */
  until: Date;
  /** As in `TallyQuery`. */
  maxSecondsPerAnnotation: number;
  /** As in `TallyQuery`. */
  countBulk?: boolean;
  /** At most so many are answered, the earliest. */
  limit: number;
}

/** Why the tally leaves an annotation out: one of its own reasons, or one that the tally says nothing of. */
export type LeftOutReason = NotCountedReason | 'skipped' | 'project-deleted';

export interface ExplainedAnnotation {
  /** As the tool names it, so that it can be found there. */
  annotationId: string;
  /** `confirmation`: the word that a task is done, in a tool that keeps it apart. It counts as a task and not as an annotation. */
  kind: 'annotation' | 'confirmation';
  toolUserId: string;
  projectId: string;
  taskId: string;
  createdAt: Date;
  /** null where regions cannot be counted apart. */
  regions: number | null;
  /** As the tool has it, before any cap; null where it has no time that is a number. */
  recordedSeconds: number | null;
  /** What the tally adds for it; null where the tool records no time. */
  countedSeconds: number | null;
  /** null: the tally counts it. */
  leftOut: LeftOutReason | null;
  /** Somebody else edited it last: it counts, its time does not. */
  editedByOther: boolean;
}

export interface ExplainedDay {
  /** Ascending by `createdAt`. */
  annotations: ExplainedAnnotation[];
  /** There are more than `DayQuery.limit`. */
  hasMore: boolean;
}

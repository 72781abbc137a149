/** The tally of annotations in memory, by the rules that `ToolAdapter.tally` states, and a day of them explained. */
import type { Capabilities, DayQuery, ExplainedDay, OffsetPeriod, TallyQuery, TallyRow } from '../../adapters/tool.ts';

export interface ModelAnnotation {
  projectId: string;
  taskId: string;
  toolUserId: string;
  email: string | null;
  createdAt: Date;
  seconds: number | null;
  regions: number;
}

export function tallyOf(
  annotations: readonly ModelAnnotation[],
  query: TallyQuery,
  capabilities: Capabilities,
): TallyRow[] {
  const counted = annotations.filter(
    ({ projectId, createdAt }) =>
      query.projectIds.includes(projectId) && createdAt >= query.from && createdAt < query.until,
  );
  const groups = Map.groupBy(counted, (one) =>
    JSON.stringify([one.projectId, one.toolUserId, one.email, dayByOffsets(one.createdAt, query.offsets)]),
  );
  return [...groups].map(([key, group]) => {
    const [projectId, toolUserId, email, day] = JSON.parse(key);
    return { projectId, toolUserId, email, day, ...countsOf(group, query.maxSecondsPerAnnotation, capabilities) };
  });
}

/** What `ToolAdapter.explainDay` answers; the annotations are numbered in the order in which they are given. */
export function explained(
  annotations: readonly ModelAnnotation[],
  { toolUserIds, from, until, limit, maxSecondsPerAnnotation }: DayQuery,
  capabilities: Capabilities,
): ExplainedDay {
  const own = annotations.filter(
    (one) => toolUserIds.includes(one.toolUserId) && one.createdAt >= from && one.createdAt < until,
  );
  const day = own.map(({ projectId, taskId, toolUserId, createdAt, seconds, regions }, index) => ({
    ...{ annotationId: String(index + 1), kind: 'annotation' as const, projectId, taskId, toolUserId, createdAt },
    regions: capabilities.regions ? regions : null,
    recordedSeconds: seconds,
    countedSeconds: capabilities.seconds ? Math.min(seconds ?? 0, maxSecondsPerAnnotation) : null,
    ...{ leftOut: null, editedByOther: false },
  }));
  return { annotations: day.slice(0, limit), hasMore: day.length > limit };
}

function countsOf(
  annotations: readonly ModelAnnotation[],
  cap: number,
  capabilities: Capabilities,
): Omit<TallyRow, 'projectId' | 'toolUserId' | 'email' | 'day'> {
  const seconds = annotations.map((one) => one.seconds ?? 0);
  const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    tasks: new Set(annotations.map(({ taskId }) => taskId)).size,
    annotations: annotations.length,
    regions: capabilities.regions ? sum(annotations.map(({ regions }) => regions)) : null,
    seconds: capabilities.seconds ? sum(seconds.map((value) => Math.min(value, cap))) : null,
    cappedAnnotations: seconds.filter((value) => value > cap).length,
    cappedSeconds: sum(seconds.map((value) => Math.max(0, value - cap))),
  };
}

function dayByOffsets(instant: Date, offsets: readonly OffsetPeriod[]): string {
  const offset = offsets.findLast(({ from }) => from <= instant)?.offsetSeconds ?? offsets[0]?.offsetSeconds ?? 0;
  return new Date(instant.getTime() + offset * 1_000).toISOString().slice(0, 10);
}

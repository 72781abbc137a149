/** The assigned rows of a tally as one row a trainer, project and day: a trainer may have had two accounts in the tool. Pure. */
import type { NotCounted } from '../../adapters/tool.ts';
import type { Assignment } from './attribution.ts';
import { trainerDayKey } from './compare.ts';
import type { Day } from './days.ts';
import type { DayRow } from './flags.ts';

export interface CountedDay extends DayRow {
  trainerId: string;
  day: Day;
}

/** What was counted of each trainer; people who are no trainers are left out. */
export function mergeCounted(assignments: readonly Assignment[]): CountedDay[] {
  const days = new Map<string, CountedDay>();
  for (const { trainerId, row } of assignments) {
    if (trainerId === null) continue;
    const day = { ...row, trainerId };
    const key = JSON.stringify([trainerId, row.projectId, row.day]);
    const known = days.get(key);
    days.set(key, known ? merged(known, day) : day);
  }
  return [...days.values()];
}

/** This count, and what an earlier one found: days of which nothing is left too. */
export function withEarlier(now: readonly CountedDay[], earlier: readonly CountedDay[]): CountedDay[] {
  const keyOf = ({ trainerId, projectId, day }: CountedDay): string => JSON.stringify([trainerId, projectId, day]);
  const before = new Map(earlier.map((day) => [keyOf(day), day]));
  const found = new Set(now.map(keyOf));
  const gone = earlier.filter((day) => !found.has(keyOf(day))).map(emptied);
  return [...now.map((day) => ({ ...day, mostAnnotations: before.get(keyOf(day))?.mostAnnotations ?? 0 })), ...gone];
}

/** By trainer and day. */
export function byTrainerDay(days: readonly CountedDay[]): CountedDay[][] {
  return [...Map.groupBy(days, trainerDayKey).values()];
}

function emptied({ trainerId, projectId, day, mostAnnotations = 0 }: CountedDay): CountedDay {
  return { trainerId, projectId, day, mostAnnotations, tasks: 0, annotations: 0, regions: null, seconds: null };
}

/** One for each reason. */
function byReason(notCounted: readonly NotCounted[]): NotCounted[] {
  return [...Map.groupBy(notCounted, ({ reason }) => reason)].map(([reason, own]) => ({
    reason,
    annotations: own.reduce((total, { annotations }) => total + annotations, 0),
    seconds: own.reduce<number | null>((total, { seconds }) => sum(total, seconds), null),
  }));
}

function sum(a: number | null, b: number | null): number | null {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0);
}

function merged(a: CountedDay, b: CountedDay): CountedDay {
  const firsts = [a.firstAt, b.firstAt].filter((instant) => instant !== undefined);
  const lasts = [a.lastAt, b.lastAt].filter((instant) => instant !== undefined);
  const unreadable = a.unreadable ?? b.unreadable;
  return {
    ...{ trainerId: a.trainerId, projectId: a.projectId, day: a.day },
    ...{ tasks: a.tasks + b.tasks, annotations: a.annotations + b.annotations },
    ...{ regions: sum(a.regions, b.regions), seconds: sum(a.seconds, b.seconds) },
    withoutTime: (a.withoutTime ?? 0) + (b.withoutTime ?? 0),
    editedByOthers: {
      annotations: (a.editedByOthers?.annotations ?? 0) + (b.editedByOthers?.annotations ?? 0),
      seconds: (a.editedByOthers?.seconds ?? 0) + (b.editedByOthers?.seconds ?? 0),
    },
    notCounted: byReason([...(a.notCounted ?? []), ...(b.notCounted ?? [])]),
    ...(firsts.length > 0 ? { firstAt: new Date(Math.min(...firsts.map(Number))) } : {}),
    ...(lasts.length > 0 ? { lastAt: new Date(Math.max(...lasts.map(Number))) } : {}),
    ...(unreadable === undefined ? {} : { unreadable }),
  };
}

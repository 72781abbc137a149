/**
 * What people should look at in a trainer's day. Pure; no flag stops a payment.
 *
 * | flag              | when                                                                               | value, limit                |
 * |-------------------|------------------------------------------------------------------------------------|-----------------------------|
 * | `unreadable`      | the tool gave no usable numbers in a project; the day is held back                 | projects                    |
 * | `more-than-span`  | more seconds than between the first and the last annotation plus one cap           | seconds, that many          |
 * | `long-day`        | more than 12 hours                                                                 | seconds, 43200              |
 * | `repeated-tasks`  | several annotations of one person on one task                                      | annotations, tasks          |
 * | `without-time`    | annotations that have no time, in a tool that records it                           | annotations, all of them    |
 * | `unusual-speed`   | more than 3 times, or less than a third of, the person's own median speed          | annotations an hour, median |
 * | `far-above-usual` | more than 3 times the annotations of the person's own median day                   | annotations, median         |
 * | `by-others`       | annotations that another account edited, or made in this person's name             | annotations, all of them    |
 * | `gone`            | annotations that an earlier count of the same day found and this one does not      | annotations, the most found |
 *
 * `more-than-span` needs the first and last instant of every project that has seconds; `repeated-tasks` looks only where regions are
 * counted apart, as elsewhere one task has many labels by nature. A day of few annotations or little time has no speed, and people who
 * worked on few days have no usual (`usual.ts`). `gone`: the tools keep no record of who deleted an annotation, or gave it to somebody else.
 */
import type { TallyRow } from '../../adapters/tool.ts';
import { speedOf, type Usual } from './usual.ts';

export const flagKinds = [
  'unreadable',
  'more-than-span',
  'long-day',
  'repeated-tasks',
  'without-time',
  'unusual-speed',
  'far-above-usual',
  'by-others',
  'gone',
] as const;
export type FlagKind = (typeof flagKinds)[number];

export interface Flag {
  kind: FlagKind;
  value: number;
  /** What the value was compared with; null where there is nothing to compare. */
  limit: number | null;
}

/** A trainer's day in one project: what a tally says of it, or what the store kept of that. */
export type DayRow = Pick<
  TallyRow,
  | 'projectId'
  | 'tasks'
  | 'annotations'
  | 'regions'
  | 'seconds'
  | 'editedByOthers'
  | 'notCounted'
  | 'withoutTime'
  | 'firstAt'
  | 'lastAt'
  | 'unreadable'
> & {
  /** The most annotations that any count of this day found here; absent when it was not counted before. */
  mostAnnotations?: number;
};

export interface FlagLimits {
  maxSecondsPerAnnotation: number;
  usual: Usual;
}

const LONG_DAY_SECONDS = 12 * 3_600;
/** So many times their own median, or one part of so many. */
const FAR = 3;
/** A day with fewer annotations is never far above a usual one. */
const LEAST_ANNOTATIONS = 20;

/** The flags of one trainer's day, from its rows in all projects. */
export function flagsOf(rows: readonly DayRow[], { maxSecondsPerAnnotation, usual }: FlagLimits): Flag[] {
  return [...whatCannotBe(rows, maxSecondsPerAnnotation), ...whatIsUnusual(rows, usual), ...whatOthersDid(rows)];
}

function whatCannotBe(rows: readonly DayRow[], maxSecondsPerAnnotation: number): Flag[] {
  const seconds = sum(rows, (row) => row.seconds ?? 0);
  const span = spanSeconds(rows.filter((row) => (row.seconds ?? 0) > 0));
  const onTasks = rows.filter((row) => row.regions !== null);
  const tasks = sum(onTasks, (row) => row.tasks);
  const annotations = sum(onTasks, (row) => row.annotations);
  const unreadable = rows.filter((row) => row.unreadable !== undefined).length;
  const withoutTime = sum(rows, (row) => row.withoutTime ?? 0);
  return raised(
    unreadable > 0 && { kind: 'unreadable', value: unreadable, limit: null },
    span !== null &&
      seconds > span + maxSecondsPerAnnotation && {
        kind: 'more-than-span',
        value: seconds,
        limit: Math.round(span + maxSecondsPerAnnotation),
      },
    seconds > LONG_DAY_SECONDS && { kind: 'long-day', value: seconds, limit: LONG_DAY_SECONDS },
    annotations > tasks && { kind: 'repeated-tasks', value: annotations, limit: tasks },
    withoutTime > 0 && { kind: 'without-time', value: withoutTime, limit: sum(rows, (row) => row.annotations) },
  );
}

function whatIsUnusual(rows: readonly DayRow[], usual: Usual): Flag[] {
  const annotations = sum(rows, (row) => row.annotations);
  const timedAnnotations = sum(rows, (row) => row.annotations - (row.editedByOthers?.annotations ?? 0));
  const speed = speedOf({ timedAnnotations, seconds: sum(rows, (row) => row.seconds ?? 0) });
  const isFar = speed !== null && usual.speed !== null && (speed > FAR * usual.speed || speed * FAR < usual.speed);
  const isMuch =
    usual.annotations !== null && annotations >= LEAST_ANNOTATIONS && annotations > FAR * usual.annotations;
  return raised(
    isFar && { kind: 'unusual-speed', value: tenths(speed), limit: tenths(usual.speed) },
    isMuch && { kind: 'far-above-usual', value: annotations, limit: tenths(usual.annotations) },
  );
}

function whatOthersDid(rows: readonly DayRow[]): Flag[] {
  const edited = sum(rows, (row) => row.editedByOthers?.annotations ?? 0);
  const inTheirName = sum(rows, ({ notCounted = [] }) =>
    sum(notCounted, ({ reason, annotations }) => (reason === 'author-changed' ? annotations : 0)),
  );
  const annotations = sum(rows, (row) => row.annotations);
  // A row that cannot be read says nothing of what is there.
  const read = rows.filter((row) => row.unreadable === undefined);
  const gone = sum(read, (row) => Math.max(0, (row.mostAnnotations ?? 0) - row.annotations));
  return raised(
    edited + inTheirName > 0 && { kind: 'by-others', value: edited + inTheirName, limit: annotations + inTheirName },
    gone > 0 && { kind: 'gone', value: gone, limit: annotations + gone },
  );
}

function raised(...flags: (Flag | false)[]): Flag[] {
  return flags.filter((flag) => flag !== false);
}

/** From the first to the last annotation of all rows; null where one of them does not tell, or there is none. */
function spanSeconds(rows: readonly DayRow[]): number | null {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { firstAt, lastAt } of rows) {
    if (!firstAt || !lastAt) return null;
    first = Math.min(first, firstAt.getTime());
    last = Math.max(last, lastAt.getTime());
  }
  return rows.length === 0 ? null : (last - first) / 1_000;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function tenths(value: number | null): number {
  return Math.round((value ?? 0) * 10) / 10;
}

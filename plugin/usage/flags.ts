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
 *
 * `more-than-span` needs the first and last instant of every project that has seconds; `repeated-tasks` looks only where regions are
 * counted apart, as elsewhere one task has many labels by nature.
 */
import type { TallyRow } from '../../adapters/tool.ts';

export const flagKinds = ['unreadable', 'more-than-span', 'long-day', 'repeated-tasks', 'without-time'] as const;
export type FlagKind = (typeof flagKinds)[number];

export interface Flag {
  kind: FlagKind;
  value: number;
  /** What the value was compared with; null where there is nothing to compare. */
  limit: number | null;
}

const LONG_DAY_SECONDS = 12 * 3_600;

/** The flags of one trainer's day, from its rows in all projects. */
export function flagsOf(rows: readonly TallyRow[], maxSecondsPerAnnotation: number): Flag[] {
  const seconds = sum(rows, (row) => row.seconds ?? 0);
  const span = spanSeconds(rows.filter((row) => (row.seconds ?? 0) > 0));
  const onTasks = rows.filter((row) => row.regions !== null);
  const tasks = sum(onTasks, (row) => row.tasks);
  const annotations = sum(onTasks, (row) => row.annotations);
  const unreadable = rows.filter((row) => row.unreadable !== undefined).length;
  const withoutTime = sum(rows, (row) => row.withoutTime ?? 0);
  const flags: (Flag | false)[] = [
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
  ];
  return flags.filter((flag) => flag !== false);
}

/** From the first to the last annotation of all rows; null where one of them does not tell, or there is none. */
function spanSeconds(rows: readonly TallyRow[]): number | null {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { firstAt, lastAt } of rows) {
    if (!firstAt || !lastAt) return null;
    first = Math.min(first, firstAt.getTime());
    last = Math.max(last, lastAt.getTime());
  }
  return rows.length === 0 ? null : (last - first) / 1_000;
}

function sum(rows: readonly TallyRow[], of: (row: TallyRow) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}

/** Calendar days of work: which instants a day of USAGE_TIMEZONE covers, and on which day an instant falls. */
import { DateTime, IANAZone } from 'luxon';
import type { OffsetPeriod } from '../../adapters/tool.ts';
import type { Day } from '../text/calendar-day.ts';

export { type Day, dayOf, dayOfDate, isDay } from '../text/calendar-day.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_SECONDS = 60;
/** No zone changes its clock twice within a week. */
const STEP_MS = 7 * DAY_MS;

/** The first instant of a day in this time zone: not always midnight, some clocks change then. */
export function startOfDay(day: Day, timezone: string): Date {
  return DateTime.fromISO(day, { zone: timezone }).startOf('day').toJSDate();
}

/** The day so many days later (or earlier, when negative). */
export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/** How many days a range has, both ends included. */
export function countDays(from: Day, until: Day): number {
  return Math.round((Date.parse(until) - Date.parse(from)) / DAY_MS) + 1;
}

/** The earliest of these days; at least one must be given. */
export function earliest(first: Day, ...others: readonly Day[]): Day {
  return [first, ...others].sort()[0] ?? first;
}

/** Today in UTC: OpenTrain refuses later days (contract: "Usage"). */
export function todayInUtc(now: Date): Day {
  return now.toISOString().slice(0, 10);
}

/**
 * The offsets from UTC that hold in this zone from one instant until another, ascending; the first starts at `from`. Found by
 * asking the zone once a week, and halving where two answers differ.
 */
export function offsetPeriods(timezone: string, from: Date, until: Date): OffsetPeriod[] {
  const zone = IANAZone.create(timezone);
  const offsetAt = (milliseconds: number): number => Math.round(zone.offset(milliseconds) * MINUTE_SECONDS);
  const periods: OffsetPeriod[] = [{ from, offsetSeconds: offsetAt(from.getTime()) }];
  let offset = offsetAt(from.getTime());
  for (let before = from.getTime(); before < until.getTime(); before += STEP_MS) {
    const after = Math.min(before + STEP_MS, until.getTime());
    const next = offsetAt(after);
    if (next === offset) continue;
    periods.push({ from: new Date(changeBetween(before, after, offsetAt)), offsetSeconds: next });
    offset = next;
  }
  return periods;
}

/** The first instant (to the second) after `before` with the offset that holds at `after`. */
function changeBetween(before: number, after: number, offsetAt: (milliseconds: number) => number): number {
  let [low, high] = [before, after];
  const offset = offsetAt(after);
  while (high - low > 1_000) {
    const middle = low + Math.floor((high - low) / 2_000) * 1_000;
    if (offsetAt(middle) === offset) high = middle;
    else low = middle;
  }
  return high;
}

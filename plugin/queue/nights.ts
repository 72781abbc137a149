/**
 * Nights in a time zone with summer time. A timer at 02:30 finds that time missing on one day of the year and twice on another.
 *
 * | the turn                                        | what is done                                  |
 * |-------------------------------------------------|-----------------------------------------------|
 * | has the wall-clock time of the turn before it   | not taken: the hour is repeated in autumn     |
 * | is daily, and the last one is over 25 h 15 min ago | taken now: skipped in spring, or slept through |
 * | anything else                                   | as the expression says                        |
 */
import { DateTime } from 'luxon';

/** A night is 25 hours long when summer time ends; a timer may be a quarter of an hour late. */
const LONGEST_NIGHT_MS = (25 * 60 + 15) * 60_000;
/** `minute hour * * *`, with or without seconds, at one time of the day. */
const DAILY = /^(?:\d+\s+)?\d+\s+\d+\s+\*\s+\*\s+\*$/;

/** Whether this turn and the one taken before it are the same time of the same day by the clock on the wall. */
export function isRepeatedNight(slot: Date, latest: Date | null, timezone: string): boolean {
  if (!latest || latest.getTime() === slot.getTime()) return false;
  return wallClock(slot, timezone) === wallClock(latest, timezone);
}

/** Whether a daily turn should have been taken since the last one. Never, where none was taken yet. */
export function isNightMissed(now: Date, latest: Date | null, expression: string): boolean {
  if (!latest || !DAILY.test(expression.trim())) return false;
  return now.getTime() - latest.getTime() > LONGEST_NIGHT_MS;
}

function wallClock(at: Date, timezone: string): string {
  return DateTime.fromJSDate(at, { zone: timezone }).toFormat('yyyy-MM-dd HH:mm:ss');
}

/** Calendar days, and on which one an instant falls. */
import { DateTime } from 'luxon';

/** YYYY-MM-DD; such texts sort as the days they name. */
export type Day = string;

/** Days are written in ASCII digits; without it luxon asks for the machine's language, which is slow and may have others. */
const LOCALE = 'en-US';

/** The day on which an instant falls in this time zone. */
export function dayOf(instant: Date | number, timezone: string): Day {
  return DateTime.fromMillis(Number(instant), { zone: timezone, locale: LOCALE }).toFormat('yyyy-MM-dd');
}

/** Whether this is an existing calendar day written YYYY-MM-DD. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && DateTime.fromISO(text, { zone: 'utc', locale: LOCALE }).isValid;
}

/**
 * The day of an OpenTrain date, or null when there is none that can be read (contract: "Contracts"):
 *
 * | date                                | day                                                  |
 * |-------------------------------------|------------------------------------------------------|
 * | `2026-06-12`                        | that day, in every time zone                         |
 * | `2026-06-12T02:00:00Z`, `…+09:00`   | the day on which that instant falls in the time zone |
 * | `2026-06-12T02:00:00`               | the same; a time without an offset is UTC            |
 */
export function dayOfDate(date: string | null, timezone: string): Day | null {
  if (date === null) return null;
  if (isDay(date)) return date;
  if (!/^\d{4}-\d{2}-\d{2}T/.test(date)) return null;
  const instant = DateTime.fromISO(date, { zone: 'utc', locale: LOCALE });
  return instant.isValid ? dayOf(instant.toMillis(), timezone) : null;
}

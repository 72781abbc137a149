/** Times, numbers and durations as people read them, on pages and in the terminal alike. */
import { DateTime, Duration } from 'luxon';

export interface Format {
  /** "4 Jul 2025, 14:03 CEST" */
  moment(milliseconds: number): string;
  /** "3 min ago", "in 2 h" */
  ago(milliseconds: number): string;
  /** "Fri 4 Jul 2025" of a YYYY-MM-DD. */
  day(day: string): string;
  /** "12,345"; "–" when not known. */
  number(value: number | null): string;
  /** "1 day", "1,200 days", "– days": of a noun whose plural ends in s. */
  count(value: number | null, noun: string): string;
  /** "3 h 25 min"; "–" when not known. */
  duration(seconds: number | null): string;
  /** "+12", "−3"; "–" when not known. */
  change(value: number | null): string;
  /** "82 %"; "–" when not known. */
  percent(fraction: number | null): string;
}

const LOCALE = 'en-GB';
const UNKNOWN = '–';

const STEPS: readonly [limitMs: number, unitMs: number, unit: string][] = [
  [60 * 60_000, 60_000, 'min'],
  [48 * 3_600_000, 3_600_000, 'h'],
  [Number.POSITIVE_INFINITY, 86_400_000, 'days'],
];

/** A format for this time zone (an IANA name); `now` is what "ago" counts from. `locale` is how days and numbers are written. */
export function createFormat(timezone: string, now: () => Date, locale: string = LOCALE): Format {
  let made: Intl.NumberFormat | undefined;
  const written = (value: number): string => {
    made ??= new Intl.NumberFormat(locale);
    return made.format(value);
  };
  return {
    moment: (milliseconds) =>
      DateTime.fromMillis(milliseconds, { zone: timezone, locale: LOCALE }).toFormat('d LLL yyyy, HH:mm ZZZZ'),
    ago: (milliseconds) => relative(milliseconds - now().getTime()),
    day: (day) => DateTime.fromISO(day, { zone: 'utc', locale }).toFormat('ccc d LLL yyyy'),
    number: (value) => (value === null ? UNKNOWN : written(value)),
    count: (value, noun) => `${value === null ? UNKNOWN : written(value)} ${noun}${value === 1 ? '' : 's'}`,
    duration: (seconds) => (seconds === null ? UNKNOWN : durationText(seconds)),
    change: (value) => (value === null ? UNKNOWN : signed(value, written(Math.abs(value)))),
    percent: (fraction) => (fraction === null ? UNKNOWN : `${Math.round(fraction * 100)} %`),
  };
}

function relative(differenceMs: number): string {
  const distance = Math.abs(differenceMs);
  if (distance < 60_000) return differenceMs > 0 ? 'in under a minute' : 'just now';
  const [, unitMs, unit] = STEPS.find(([limit]) => distance < limit) ?? [0, 86_400_000, 'days'];
  const text = `${Math.round(distance / unitMs)} ${unit}`;
  return differenceMs > 0 ? `in ${text}` : `${text} ago`;
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const { hours = 0, minutes = 0 } = Duration.fromObject({ minutes: Math.round(seconds / 60) })
    .shiftTo('hours', 'minutes')
    .toObject();
  if (hours === 0) return `${minutes} min`;
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}

function signed(value: number, magnitude: string): string {
  if (value === 0) return '0';
  return value > 0 ? `+${magnitude}` : `−${magnitude}`;
}

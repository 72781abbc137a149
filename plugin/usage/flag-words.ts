/** Flags in words with the numbers behind them: the same in the report, the terminal and the console. */
import type { Format } from '../text/format.ts';
import type { Flag } from './flags.ts';

/** One sentence without a full stop. */
export function flagWords({ kind, value, limit }: Flag, { number, count, duration }: Format): string {
  switch (kind) {
    case 'unreadable':
      return `The tool gives no usable numbers for ${count(value, 'project')}: the day is held back`;
    case 'more-than-span':
      return `${duration(value)} of work; first to last annotation plus one cap is ${duration(limit)}`;
    case 'long-day':
      return `${duration(value)} of work in one day; more than ${duration(limit)} is told`;
    case 'repeated-tasks':
      return `${number(value)} annotations on ${number(limit)} tasks`;
    case 'without-time':
      return `${number(value)} of ${number(limit)} annotations have no time`;
    case 'unusual-speed':
      return `${number(value)} annotations an hour; their own median is ${number(limit)}`;
    case 'far-above-usual':
      return `${number(value)} annotations; their own median day has ${number(limit)}`;
    case 'by-others':
      return `${number(value)} of ${number(limit)} annotations were edited by another account, or made by it in their name`;
    case 'gone':
      return `${number(value)} of the ${number(limit)} annotations counted before are gone: deleted, skipped or given to another account, by them or by somebody else`;
  }
}

/** Which queue items the clock makes due, and when. */
import type { Settings } from '../settings/settings.ts';
import type { Mark } from './items.ts';

export interface Turn {
  name: string;
  /** A cron expression, in USAGE_TIMEZONE. */
  expression: string;
  /** What is due then: marked in the same transaction that takes the turn. */
  mark?: Pick<Mark, 'kind' | 'key'>;
}

export const NIGHTLY: Pick<Mark, 'kind' | 'key'> = { kind: 'sync', key: 'nightly' };

/** The turns of the clock for these settings. */
export function timetable({ report }: Pick<Settings, 'report'>): Turn[] {
  return [
    { name: 'recent usage', expression: '*/15 * * * *', mark: { kind: 'sync', key: 'recent' } },
    { name: 'nightly usage', expression: report.schedule, mark: NIGHTLY },
    { name: 'reconcile', expression: '7,37 * * * *', mark: { kind: 'reconcile', key: 'all' } },
    { name: 'webhook endpoint', expression: '*/10 * * * *', mark: { kind: 'endpoint', key: 'check' } },
    { name: 'silence', expression: '20 * * * *' },
    { name: 'pruning', expression: '50 2 * * *' },
  ];
}

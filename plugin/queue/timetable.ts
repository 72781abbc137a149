/** Which queue items the clock makes due, and when. */
import type { Settings } from '../settings/settings.ts';
import type { CausedKind } from './kinds.ts';

export interface Turn {
  name: string;
  /** A cron expression. */
  expression: string;
  /** UTC has no summer time, so that what runs every few minutes never pauses; nights are those of USAGE_TIMEZONE. */
  timezone: string;
  /** What is due then: marked in the same transaction that takes the turn. */
  mark: TimedItem;
}

/** A queue item that a timer or a start makes due. */
export interface TimedItem {
  kind: CausedKind;
  key: string;
}

export const NIGHTLY_TURN = 'nightly usage';
export const NIGHTLY: TimedItem = { kind: 'sync', key: 'nightly' };

/** The turns of the clock for these settings. */
export function timetable({ report, usage }: Pick<Settings, 'report' | 'usage'>): Turn[] {
  const { timezone } = usage;
  return [
    { name: 'recent usage', expression: '*/15 * * * *', timezone: 'UTC', mark: { kind: 'sync', key: 'recent' } },
    { name: NIGHTLY_TURN, expression: report.schedule, timezone, mark: NIGHTLY },
    { name: 'reconcile', expression: '7,37 * * * *', timezone: 'UTC', mark: { kind: 'reconcile', key: 'all' } },
    { name: 'webhook endpoint', expression: '*/10 * * * *', timezone: 'UTC', mark: { kind: 'endpoint', key: 'check' } },
    { name: 'budgets', expression: '* * * * *', timezone: 'UTC', mark: { kind: 'budgets', key: 'minute' } },
    { name: 'new accounts', expression: '12,42 * * * *', timezone: 'UTC', mark: { kind: 'new-accounts', key: 'look' } },
    { name: 'invite link', expression: '35 3 * * *', timezone: 'UTC', mark: { kind: 'invite-link', key: 'renew' } },
    { name: 'alerts', expression: '*/2 * * * *', timezone: 'UTC', mark: { kind: 'alerts', key: 'mark' } },
    { name: 'reminders', expression: '25 * * * *', timezone: 'UTC', mark: { kind: 'reminders', key: 'mark' } },
    { name: 'silence', expression: '20 * * * *', timezone: 'UTC', mark: { kind: 'silence', key: 'check' } },
    {
      name: 'missed night',
      expression: '5,20,35,50 * * * *',
      timezone: 'UTC',
      mark: { kind: 'missed-night', key: 'check' },
    },
    { name: 'pruning', expression: '50 2 * * *', timezone: 'UTC', mark: { kind: 'pruning', key: 'all' } },
  ];
}

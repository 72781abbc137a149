/**
 * When a sync would take away too much of what OpenTrain accepted, it stops and asks. Pure.
 *
 * A tool restored from a backup, a table emptied or tasks moved look like work that was deleted. So, for one contract:
 *
 * | would be taken away (labels, or seconds)                                  | done                        |
 * |---------------------------------------------------------------------------|-----------------------------|
 * | at most 20 labels and at most an hour                                     | sent: a small correction    |
 * | at most a tenth of what was accepted in the last 30 days                  | sent                        |
 * | more than both, in labels or in seconds                                   | held until an admin accepts |
 *
 * Only days that become less are held; days that become more are sent all the same.
 */
import { addDays, type Day } from './days.ts';
import type { DayChange } from './differences.ts';
import { over, type Totals } from './totals.ts';

const DAYS_LOOKED_BACK = 30;
const SHARE = 0.1;
const SMALL = { labels: 20, seconds: 3_600 } as const;
const measured = ['labels', 'seconds'] as const;

/** How much would be taken away from a contract. */
export interface Loss {
  days: number;
  labels: number;
  seconds: number;
}

/** What OpenTrain accepted for one day. */
export interface AcceptedDay {
  day: Day;
  totals: Totals;
}

/** The first day that counts for "the last 30 days". */
export function brakeSince(today: Day): Day {
  return addDays(today, 1 - DAYS_LOOKED_BACK);
}

/** What these changes of one contract take away; null when that is little enough to be sent. */
export function heldLoss(changes: readonly DayChange[], recent: readonly AcceptedDay[]): Loss | null {
  const loss: Loss = { days: 0, labels: 0, seconds: 0 };
  for (const { before, now } of changes) {
    if (before === null) continue;
    const after = over(before, now);
    const [labels, seconds] = measured.map((field) => Math.max(0, (before[field] ?? 0) - (after[field] ?? 0)));
    if (!labels && !seconds) continue;
    loss.days += 1;
    loss.labels += labels ?? 0;
    loss.seconds += seconds ?? 0;
  }
  const isTooMuch = measured.some((field) => {
    const accepted = recent.reduce((sum, { totals }) => sum + (totals[field] ?? 0), 0);
    return loss[field] > SMALL[field] && loss[field] > SHARE * accepted;
  });
  return isTooMuch ? loss : null;
}

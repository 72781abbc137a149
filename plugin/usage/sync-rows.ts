/** What a sync compared, as rows that the terminal and the console show. */
import type { Format } from '../text/format.ts';
import type { DayChange } from './differences.ts';
import type { SyncResult } from './sync.ts';
import { change, over, type Totals, unknownTotals } from './totals.ts';

export const differenceColumns = [
  'Contract',
  'Trainer',
  'Day',
  'Sent before (tasks / labels / time)',
  'Now',
  'Difference',
  '',
];

/** Turns the ids of contracts and trainers into what is shown for them. */
export interface ShownNames {
  contract(id: string): string;
  trainer(id: string): string;
}

/** One row a day that differs, for {@link differenceColumns}. */
export function differenceRows(changes: readonly DayChange[], format: Format, names: ShownNames): string[][] {
  const time = (value: number | null): string => (value === null ? '–' : `${format.number(value)} s`);
  const totals = ({ tasks, labels, seconds }: Totals): string =>
    `${format.number(tasks)} / ${format.number(labels)} / ${time(seconds)}`;
  return changes.map((day) => {
    const before = day.before ?? unknownTotals;
    const now = over(before, day.now);
    const difference = change(before, now);
    return [
      names.contract(day.contractId),
      names.trainer(day.trainerId),
      day.day,
      totals(before),
      totals(now),
      `${format.change(difference.tasks)} / ${format.change(difference.labels)} / ${format.change(difference.seconds)} s`,
      day.uncertain ? 'a call was cut off' : '',
    ];
  });
}

/** What was compared, and what of it was sent, in one sentence. */
export function syncSummary(result: SyncResult, format: Format): string {
  const { dryRun, contracts, changes, calls, acceptedDays, unfinished } = result;
  const compared = `${format.count(contracts, 'contract')} compared`;
  if (changes.length + unfinished.length === 0)
    return `${compared}: OpenTrain holds everything already; nothing was sent.`;
  if (dryRun) return `${compared}: ${format.count(changes.length, 'day')} to be changed. Nothing was sent (dry run).`;
  return `${compared}: ${format.count(acceptedDays, 'day')} accepted in ${format.count(calls, 'call')}.`;
}

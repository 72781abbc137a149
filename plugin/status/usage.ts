/** What OpenTrain accepted in total: for the metrics. */
import type { StoreContext } from '../context.ts';
import type { Totals } from '../usage/totals.ts';

/** Everything that OpenTrain accepted, in total: from the sums by day, however many days there are. */
export async function usageTotals({ database }: StoreContext): Promise<Totals> {
  const row = await database('usage_day_totals')
    .sum({ tasks: 'tasks_completed', labels: 'labels_completed', seconds: 'total_seconds' })
    .first<{ [field in keyof Totals]: number | string | null } | undefined>();
  return {
    tasks: numeric(row?.tasks ?? null),
    labels: numeric(row?.labels ?? null),
    seconds: numeric(row?.seconds ?? null),
  };
}

/** PostgreSQL answers sums as text. */
function numeric(value: number | string | null): number | null {
  return value === null ? null : Number(value);
}

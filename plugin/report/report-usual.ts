/** What is usual, for comparison with a day: the accepted work of the 14 days before it, and of whole weeks. */
import type { PluginContext } from '../context.ts';
import type { Database } from '../store/database.ts';
import { addDays, type Day } from '../usage/days.ts';

const WINDOW_DAYS = 14;
const WEEK_DAYS = 7;
const SECONDS_AN_HOUR = 3_600;

/** Sums of a stretch of days. */
export interface Sums {
  labels: number;
  seconds: number;
}

export interface Usual {
  /** Labels of a day on which anybody worked; null when nobody did. */
  labelsADay: number | null;
  byTrainer: ReadonlyMap<string, Sums>;
}

/** Monday to Sunday, and the week before it. */
export interface WeekSummary extends Sums {
  from: Day;
  until: Day;
  before: Sums;
}

interface SumRow {
  id: string;
  labels: number | string | null;
  seconds: number | string | null;
}

/** What was usual in the 14 days before `day`. */
export async function usualBefore({ database }: PluginContext, day: Day): Promise<Usual> {
  const [from, until] = [addDays(day, -WINDOW_DAYS), addDays(day, -1)];
  const days = (await sums(database, 'usage_day_totals', 'work_date', from, until)).filter(
    ([, { labels }]) => labels > 0,
  );
  const labels = days.reduce((total, [, of]) => total + of.labels, 0);
  return {
    labelsADay: days.length === 0 ? null : labels / days.length,
    byTrainer: new Map(await sums(database, 'usage_days', 'trainer_id', from, until)),
  };
}

/** The summary of the week that ends with this day; null when it is no Sunday. */
export async function weekUntil({ database }: PluginContext, day: Day): Promise<WeekSummary | null> {
  if (new Date(`${day}T00:00:00Z`).getUTCDay() !== 0) return null;
  const from = addDays(day, 1 - WEEK_DAYS);
  const total = async (first: Day, last: Day): Promise<Sums> =>
    (await sums(database, 'usage_day_totals', 'work_date', first, last)).reduce(
      (sum, [, of]) => ({ labels: sum.labels + of.labels, seconds: sum.seconds + of.seconds }),
      { labels: 0, seconds: 0 },
    );
  const before = await total(addDays(from, -WEEK_DAYS), addDays(from, -1));
  return { from, until: day, ...(await total(from, day)), before };
}

async function sums(
  database: Database,
  table: 'usage_days' | 'usage_day_totals',
  column: 'work_date' | 'trainer_id',
  from: Day,
  until: Day,
): Promise<[string, Sums][]> {
  const rows: SumRow[] = await database(table)
    .whereBetween('work_date', [from, until])
    .groupBy(column)
    .select(`${column} as id`)
    .sum({ labels: 'labels_completed', seconds: 'total_seconds' });
  return rows.map(({ id, labels, seconds }) => [id, { labels: Number(labels ?? 0), seconds: Number(seconds ?? 0) }]);
}

/** Labels an hour; null without time. */
export function labelsAnHour(labels: number | null, seconds: number | null): number | null {
  return labels === null || !seconds ? null : (labels * SECONDS_AN_HOUR) / seconds;
}

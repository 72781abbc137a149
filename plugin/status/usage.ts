/** What OpenTrain accepted, per day: for the console's table and chart, and for the metrics. */
import type { PluginContext } from '../context.ts';
import type { UsageDayRow } from '../usage/usage-days.ts';
import { whoIs } from './people.ts';

export interface DayTotals {
  /** YYYY-MM-DD */
  day: string;
  trainers: number;
  /** null: no tool told it. */
  tasks: number | null;
  labels: number | null;
  seconds: number | null;
}

interface SumRow {
  work_date: string;
  trainers: number | string;
  tasks: number | string | null;
  labels: number | string | null;
  seconds: number | string | null;
}

const SUMS = {
  trainers: 'COUNT(DISTINCT trainer_id)',
  tasks: 'SUM(tasks_completed)',
  labels: 'SUM(labels_completed)',
  seconds: 'SUM(total_seconds)',
} as const;

/** PostgreSQL answers sums as text. */
function numeric(value: number | string | null): number | null {
  return value === null ? null : Number(value);
}

/** The totals of each day on which anything was reported, from `since` on, the latest first. */
export async function usageByDay({ database }: PluginContext, since: string): Promise<DayTotals[]> {
  const rows: SumRow[] = await database('usage_days')
    .select('work_date')
    .select(Object.entries(SUMS).map(([name, sum]) => database.raw(`${sum} AS ${name}`)))
    .where('work_date', '>=', since)
    .groupBy('work_date')
    .orderBy('work_date', 'desc');
  return rows.map((row) => ({
    day: row.work_date,
    trainers: Number(row.trainers),
    tasks: numeric(row.tasks),
    labels: numeric(row.labels),
    seconds: numeric(row.seconds),
  }));
}

/** Everything that OpenTrain accepted, in total: from the sums by day, however many days there are. */
export async function usageTotals({
  database,
}: PluginContext): Promise<Pick<DayTotals, 'tasks' | 'labels' | 'seconds'>> {
  const row = await database('usage_day_totals')
    .sum({ tasks: 'tasks_completed', labels: 'labels_completed', seconds: 'total_seconds' })
    .first<Omit<SumRow, 'work_date' | 'trainers'> | undefined>();
  return {
    tasks: numeric(row?.tasks ?? null),
    labels: numeric(row?.labels ?? null),
    seconds: numeric(row?.seconds ?? null),
  };
}

export interface TrainerDay {
  trainer: string;
  contractId: string;
  contract: string;
  tasks: number | null;
  labels: number | null;
  seconds: number | null;
  acceptedAt: number;
}

/** Who worked for which contract on a day, by name. */
export async function usageOfDay({ database }: PluginContext, day: string): Promise<TrainerDay[]> {
  const rows: (UsageDayRow & { display_name: string | null; work_email: string | null; title: string | null })[] =
    await database('usage_days')
      .leftJoin('trainers', 'trainers.id', 'usage_days.trainer_id')
      .leftJoin('contracts', 'contracts.id', 'usage_days.contract_id')
      .where('work_date', day)
      .select('usage_days.*', 'trainers.display_name', 'trainers.work_email', 'contracts.title')
      .orderBy(['display_name', 'trainer_id', 'contract_id']);
  return rows.map((row) => ({
    trainer: whoIs({ id: row.trainer_id, displayName: row.display_name, workEmail: row.work_email }),
    contractId: row.contract_id,
    contract: row.title ?? row.contract_id,
    tasks: row.tasks_completed,
    labels: row.labels_completed,
    seconds: row.total_seconds,
    acceptedAt: row.accepted_at,
  }));
}

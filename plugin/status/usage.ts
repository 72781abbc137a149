/** What OpenTrain accepted, per day: for the console's table and chart, and for the metrics. */
import type { PluginContext } from '../context.ts';
import { countRows, type LongList } from '../store/window.ts';
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
  tasks: number | string | null;
  labels: number | string | null;
  seconds: number | string | null;
}

/** PostgreSQL answers sums as text. */
function numeric(value: number | string | null): number | null {
  return value === null ? null : Number(value);
}

interface DayRow {
  work_date: string;
  trainers: number;
  tasks_completed: number | null;
  labels_completed: number | null;
  total_seconds: number | null;
}

/** The totals of each day on which anything was reported, from `since` on, the latest first: one row a day. */
export async function usageByDay({ database }: PluginContext, since: string): Promise<DayTotals[]> {
  const rows: DayRow[] = await database('usage_day_totals')
    .where('work_date', '>=', since)
    .orderBy('work_date', 'desc')
    .select('*');
  return rows.map((row) => ({
    day: row.work_date,
    trainers: row.trainers,
    tasks: row.tasks_completed,
    labels: row.labels_completed,
    seconds: row.total_seconds,
  }));
}

/** Everything that OpenTrain accepted, in total: from the sums by day, however many days there are. */
export async function usageTotals({
  database,
}: PluginContext): Promise<Pick<DayTotals, 'tasks' | 'labels' | 'seconds'>> {
  const row = await database('usage_day_totals')
    .sum({ tasks: 'tasks_completed', labels: 'labels_completed', seconds: 'total_seconds' })
    .first<SumRow | undefined>();
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

type DayOfTrainerRow = UsageDayRow & { display_name: string | null; work_email: string | null; title: string | null };

/** Who worked for which contract on a day, those who labelled most first. */
export function usageOfDay({ database }: PluginContext, day: string): LongList<TrainerDay> {
  const rows = () => database('usage_days').where('work_date', day);
  return {
    count: () => countRows(rows()),
    async read({ offset, limit }) {
      const page = rows()
        .select('usage_days.*')
        .orderByRaw('COALESCE(labels_completed, 0) DESC, trainer_id, contract_id')
        .offset(offset)
        .limit(limit)
        .as('page');
      const named: DayOfTrainerRow[] = await database
        .from(page)
        .leftJoin('trainers', 'trainers.id', 'page.trainer_id')
        .leftJoin('contracts', 'contracts.id', 'page.contract_id')
        .select('page.*', 'trainers.display_name', 'trainers.work_email', 'contracts.title')
        .orderByRaw('COALESCE(labels_completed, 0) DESC, trainer_id, contract_id');
      return named.map(trainerDay);
    },
  };
}

function trainerDay(row: DayOfTrainerRow): TrainerDay {
  return {
    trainer: whoIs({ id: row.trainer_id, displayName: row.display_name, workEmail: row.work_email }),
    contractId: row.contract_id,
    contract: row.title ?? row.contract_id,
    tasks: row.tasks_completed,
    labels: row.labels_completed,
    seconds: row.total_seconds,
    acceptedAt: row.accepted_at,
  };
}

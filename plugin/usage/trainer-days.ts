/** What a trainer is told of their own work: per contract and day what was submitted, and why something was not. */
import type { PluginContext } from '../context.ts';
import type { Database } from '../store/database.ts';
import { type UnreadableDay, unreadableDays } from './counted-days.ts';
import { addDays, type Day, todayInUtc } from './days.ts';
import { syncContracts } from './sync.ts';
import type { Totals } from './totals.ts';
import type { UsageCutRow } from './usage-cuts.ts';
import type { UsageDayRow } from './usage-days.ts';
import type { UsageRefusalRow } from './usage-refusals.ts';

/** So many days back. */
export const TRAINER_DAYS_SHOWN = 60;

export interface TrainerDay {
  day: Day;
  contractId: string;
  /** null: not known. */
  tasks: number | null;
  labels: number | null;
  seconds: number | null;
  isSubmitted: boolean;
  /** Why it was not submitted, in OpenTrain's words; null when it was. */
  refusal: string | null;
}

/** A day that is counted in the tool and differs from what OpenTrain accepted. */
export interface PendingDay extends Totals {
  day: Day;
  contractId: string;
}

/** So many days back work is counted anew for a trainer's page. */
const COUNTED_AGAIN_DAYS = 7;

export interface TrainerCut {
  day: Day;
  projectId: string;
  /** Beyond the cap for one annotation. */
  cappedSeconds: number;
  /** Beyond the hours that a day has. */
  clampedSeconds: number;
}

/** The days, the cuts and what cannot be read of one trainer up to `today`, the newest first; nothing of anybody else. */
export async function trainerDays(
  database: Database,
  trainerId: string,
  today: Day,
): Promise<{ days: TrainerDay[]; cuts: TrainerCut[]; unreadable: UnreadableDay[] }> {
  const since = addDays(today, -TRAINER_DAYS_SHOWN);
  const own = <Row extends object>(table: string): Promise<Row[]> =>
    database(table).where({ trainer_id: trainerId }).where('work_date', '>=', since).select('*');
  const refused = await own<UsageRefusalRow>('usage_refusals');
  const keyOf = (row: { contract_id: string; work_date: string }): string => `${row.work_date} ${row.contract_id}`;
  const refusedKeys = new Set(refused.map(keyOf));
  const accepted = (await own<UsageDayRow>('usage_days')).filter((row) => !refusedKeys.has(keyOf(row)));
  const days = [...accepted.map((row) => dayOf(row, null)), ...refused.map((row) => dayOf(row, row.message))];
  const cuts = (await own<UsageCutRow>('usage_cuts')).map((row) => ({
    day: row.work_date,
    projectId: row.project_id,
    cappedSeconds: row.capped_seconds,
    clampedSeconds: row.clamped_seconds,
  }));
  const newest = (a: { day: Day }, b: { day: Day }): number => b.day.localeCompare(a.day);
  const unreadable = await unreadableDays(database, TRAINER_DAYS_SHOWN, { from: since, trainerIds: [trainerId] });
  return { days: days.sort(newest), cuts: cuts.sort(newest), unreadable };
}

/**
 * What this trainer's contracts have in the tool that was not submitted yet, the newest first, and the contracts whose totals are
 * held. Counts the last days in the tool, and sends and stores nothing. Throws what the tool throws.
 */
export async function notYetSubmitted(
  context: PluginContext,
  trainerId: string,
  contractIds: readonly string[],
): Promise<{ days: PendingDay[]; held: string[] }> {
  const since = addDays(todayInUtc(context.clock.now()), -COUNTED_AGAIN_DAYS);
  const cause = 'a trainer’s page';
  const result = await syncContracts(context, { dryRun: true, contractIds: [...contractIds], since, cause });
  const held = result.problems.map(({ contractId }) => contractId);
  const days = result.changes
    .filter((change) => change.trainerId === trainerId && !held.includes(change.contractId))
    .map(({ day, contractId, now }) => ({ day, contractId, ...now }));
  return { days: days.sort((a, b) => b.day.localeCompare(a.day)), held };
}

function dayOf(row: Omit<UsageDayRow, 'accepted_at'>, refusal: string | null): TrainerDay {
  return {
    day: row.work_date,
    contractId: row.contract_id,
    tasks: row.tasks_completed,
    labels: row.labels_completed,
    seconds: row.total_seconds,
    isSubmitted: refusal === null,
    refusal,
  };
}

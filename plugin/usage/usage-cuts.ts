/** Time that was not counted: where the cap per annotation or the limit of a day bit. */

import type { Database } from '../store/database.ts';
import type { Cut } from './day-totals.ts';

export interface UsageCutRow {
  trainer_id: string;
  project_id: string;
  work_date: string;
  capped_annotations: number;
  capped_seconds: number;
  clamped_seconds: number;
  /** When it was last found to be so. */
  at: number;
}

const ROWS_PER_STATEMENT = 200;

/** The cuts of a day. */
export async function cutsOnDay(database: Database, day: string): Promise<UsageCutRow[]> {
  return database<UsageCutRow>('usage_cuts')
    .select('*')
    .where({ work_date: day })
    .orderBy(['project_id', 'trainer_id']);
}

/** Seconds and annotations that the caps left out on the days of this range, of these trainers or of all. */
export async function cutSum(
  database: Database,
  { from, until, trainerIds }: { from: string; until: string; trainerIds: readonly string[] | null },
): Promise<{ seconds: number; annotations: number }> {
  const cuts = database('usage_cuts').whereBetween('work_date', [from, until]);
  if (trainerIds) cuts.whereIn('trainer_id', trainerIds);
  const row: { seconds?: number | string | null; annotations?: number | string | null } | undefined = await cuts
    .sum({ annotations: 'capped_annotations' })
    .select(database.raw('SUM(capped_seconds + clamped_seconds) AS seconds'))
    .first();
  return { seconds: Number(row?.seconds ?? 0), annotations: Number(row?.annotations ?? 0) };
}

/** Replaces the cuts of these trainers in these projects from a day on; run it in a transaction. */
export async function replaceCuts(
  database: Database,
  range: { trainerIds: readonly string[]; projectIds: readonly string[]; since: string },
  cuts: readonly Cut[],
  at: Date,
): Promise<void> {
  const projects = new Set(range.projectIds);
  for (let start = 0; start < range.trainerIds.length; start += ROWS_PER_STATEMENT) {
    const trainerIds = range.trainerIds.slice(start, start + ROWS_PER_STATEMENT);
    const stored = await database<UsageCutRow>('usage_cuts')
      .select('*')
      .whereIn('trainer_id', trainerIds)
      .where('work_date', '>=', range.since);
    for (const { trainer_id, project_id, work_date } of stored.filter((row) => projects.has(row.project_id))) {
      await database<UsageCutRow>('usage_cuts').where({ trainer_id, project_id, work_date }).delete();
    }
  }
  for (let start = 0; start < cuts.length; start += ROWS_PER_STATEMENT) {
    const rows = cuts.slice(start, start + ROWS_PER_STATEMENT).map((cut) => rowOf(cut, at));
    await database<UsageCutRow>('usage_cuts')
      .insert(rows)
      .onConflict(['trainer_id', 'project_id', 'work_date'])
      .merge();
  }
}

function rowOf(cut: Cut, at: Date): UsageCutRow {
  return {
    trainer_id: cut.trainerId,
    project_id: cut.projectId,
    work_date: cut.day,
    capped_annotations: cut.cappedAnnotations,
    capped_seconds: cut.cappedSeconds,
    clamped_seconds: cut.clampedSeconds,
    at: at.getTime(),
  };
}

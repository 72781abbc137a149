/**
 * What the last count found of each trainer's day in each project, and the most that any count found: for flags. Days of the last
 * nine weeks are kept up to date, older ones only while they cannot be read.
 */
import { type NotCounted, notCountedReasons } from '../../adapters/tool.ts';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import type { Assignment } from './attribution.ts';
import type { Day } from './days.ts';
import { type CountedDay, mergeCounted } from './merge-counted.ts';
import type { DaySum } from './usual.ts';

interface CountedDayRow {
  trainer_id: string;
  project_id: string;
  work_date: Day;
  tasks: number;
  annotations: number;
  most_annotations: number;
  regions: number | null;
  seconds: number | null;
  without_time: number;
  edited_by_others: number;
  /** JSON of what did not count, by reason; null: nothing. */
  not_counted: string | null;
  first_at: number | null;
  last_at: number | null;
  /** Why its numbers cannot be used; null when they can. */
  unreadable: string | null;
}

export interface Recounted {
  projectIds: readonly string[];
  /** The first day that was counted. */
  since: Day;
  /** Days before this one are stored only where they cannot be read, or could not. */
  keptSince: Day;
}

/** Brings what is stored of these projects and days up to this count; a day without work now keeps the most that was found. */
export async function storeCounted(
  database: Database,
  { projectIds, since, keptSince }: Recounted,
  assignments: readonly Assignment[],
): Promise<void> {
  const known = await inChunks<string, CountedDayRow>(projectIds, (chunk) =>
    database<CountedDayRow>('counted_days')
      .select('*')
      .whereIn('project_id', chunk)
      .where('work_date', '>=', since)
      .where((rows) => rows.where('work_date', '>=', keptSince).orWhereNotNull('unreadable')),
  );
  const before = new Map(known.map((row) => [keyOf(row), row]));
  // A count of everything may have years in it: most of its rows are put aside before anything is made of them.
  const kept = assignments.filter(
    ({ trainerId, row }) =>
      row.day >= keptSince ||
      row.unreadable !== undefined ||
      before.has(keyOf({ trainer_id: trainerId ?? '', project_id: row.projectId, work_date: row.day })),
  );
  const now = mergeCounted(kept).map((day) => rowOf(day, before));
  const found = new Set(now.map(keyOf));
  const empty = known.filter((row) => !found.has(keyOf(row))).map((row) => ({ ...noWork, ...whose(row) }));
  const rows = [...now, ...empty.map((row) => ({ ...row, most_annotations: mostOf(row, before) }))];
  const changed = rows.filter((row) => !isSame(row, before.get(keyOf(row))));
  await inChunks(changed, async (chunk) => {
    await database<CountedDayRow>('counted_days')
      .insert(chunk)
      .onConflict(['trainer_id', 'project_id', 'work_date'])
      .merge();
    return [];
  });
}

/** The stored days of this range. */
export async function countedBetween(database: Database, from: Day, until: Day): Promise<CountedDay[]> {
  const rows = await database<CountedDayRow>('counted_days').select('*').whereBetween('work_date', [from, until]);
  return rows.map(dayOfRow);
}

/** What these trainers did on each day of the range, by trainer. */
export async function daySums(
  database: Database,
  trainerIds: readonly string[],
  { from, until }: { from: Day; until: Day },
): Promise<Map<string, DaySum[]>> {
  type Row = { trainer_id: string; work_date: Day } & Record<
    'annotations' | 'edited' | 'seconds',
    number | string | null
  >;
  const rows = await inChunks<string, Row>(trainerIds, (chunk) =>
    database('counted_days')
      .whereIn('trainer_id', chunk)
      .whereBetween('work_date', [from, until])
      .groupBy('trainer_id', 'work_date')
      .select('trainer_id', 'work_date')
      .sum({ annotations: 'annotations', edited: 'edited_by_others', seconds: 'seconds' }),
  );
  const sums = rows.map((row) => {
    const annotations = Number(row.annotations ?? 0);
    const timedAnnotations = annotations - Number(row.edited ?? 0);
    return {
      trainerId: row.trainer_id,
      day: row.work_date,
      annotations,
      timedAnnotations,
      seconds: Number(row.seconds ?? 0),
    };
  });
  return Map.groupBy(sums, ({ trainerId }) => trainerId);
}

export interface UnreadableDay {
  trainerId: string;
  projectId: string;
  day: Day;
  why: string;
}

/** Days that the last count could not read, the latest first: of these days and trainers where given, at most `limit`. */
export async function unreadableDays(
  database: Database,
  limit: number,
  scope: { from?: Day; until?: Day; trainerIds?: readonly string[] | null } = {},
): Promise<UnreadableDay[]> {
  const { from, until, trainerIds } = scope;
  const query = database<CountedDayRow>('counted_days').whereNotNull('unreadable').limit(limit);
  if (from !== undefined) query.where('work_date', '>=', from);
  if (until !== undefined) query.where('work_date', '<=', until);
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  const rows = await query
    .select('*')
    .orderBy([{ column: 'work_date', order: 'desc' }, { column: 'trainer_id' }, { column: 'project_id' }]);
  return rows.map((row) => ({
    trainerId: row.trainer_id,
    projectId: row.project_id,
    day: row.work_date,
    why: row.unreadable ?? '',
  }));
}

/** What of these days did not count, the latest day first, at most `limit` days. */
export async function notCountedDays(
  database: Database,
  { from, until, trainerIds }: { from: Day; until: Day; trainerIds: readonly string[] | null },
  limit: number,
): Promise<Pick<CountedDay, 'trainerId' | 'projectId' | 'day' | 'notCounted'>[]> {
  const query = database<CountedDayRow>('counted_days')
    .whereNotNull('not_counted')
    .whereBetween('work_date', [from, until])
    .limit(limit);
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  const rows = await query
    .select('*')
    .orderBy([{ column: 'work_date', order: 'desc' }, { column: 'trainer_id' }, { column: 'project_id' }]);
  return rows.map(dayOfRow);
}

/** As this version or another one wrote it: a reason that is not known is left out. */
function notCountedOf(json: string): NotCounted[] {
  const stored: NotCounted[] = JSON.parse(json);
  return stored.filter(({ reason }) => notCountedReasons.includes(reason));
}

const noWork = {
  ...{ tasks: 0, annotations: 0, most_annotations: 0, regions: null, seconds: null },
  ...{ without_time: 0, edited_by_others: 0, not_counted: null, first_at: null, last_at: null, unreadable: null },
};

function whose({
  trainer_id,
  project_id,
  work_date,
}: CountedDayRow): Pick<CountedDayRow, 'trainer_id' | 'project_id' | 'work_date'> {
  return { trainer_id, project_id, work_date };
}

function keyOf(row: Pick<CountedDayRow, 'trainer_id' | 'project_id' | 'work_date'>): string {
  return JSON.stringify([row.trainer_id, row.project_id, row.work_date]);
}

function mostOf(row: CountedDayRow, before: ReadonlyMap<string, CountedDayRow>): number {
  return Math.max(row.annotations, before.get(keyOf(row))?.most_annotations ?? 0);
}

const columns = [
  ...(['tasks', 'annotations', 'most_annotations', 'regions', 'seconds', 'without_time'] as const),
  ...(['edited_by_others', 'not_counted', 'first_at', 'last_at', 'unreadable'] as const),
];

function isSame(row: CountedDayRow, before: CountedDayRow | undefined): boolean {
  return before !== undefined && columns.every((column) => row[column] === before[column]);
}

function rowOf(day: CountedDay, before: ReadonlyMap<string, CountedDayRow>): CountedDayRow {
  const row = {
    ...{ trainer_id: day.trainerId, project_id: day.projectId, work_date: day.day },
    ...{ tasks: day.tasks, annotations: day.annotations, most_annotations: 0 },
    ...{ regions: day.regions, seconds: day.seconds, without_time: day.withoutTime ?? 0 },
    edited_by_others: day.editedByOthers?.annotations ?? 0,
    not_counted: day.notCounted?.length ? JSON.stringify(day.notCounted) : null,
    first_at: day.firstAt?.getTime() ?? null,
    last_at: day.lastAt?.getTime() ?? null,
    unreadable: day.unreadable ?? null,
  };
  return { ...row, most_annotations: mostOf(row, before) };
}

function dayOfRow(row: CountedDayRow): CountedDay {
  const { edited_by_others, not_counted, first_at, last_at, unreadable } = row;
  return {
    ...{ trainerId: row.trainer_id, projectId: row.project_id, day: row.work_date },
    ...{ tasks: row.tasks, annotations: row.annotations, mostAnnotations: row.most_annotations },
    ...{ regions: row.regions, seconds: row.seconds, withoutTime: row.without_time },
    editedByOthers: { annotations: edited_by_others, seconds: 0 },
    notCounted: not_counted === null ? [] : notCountedOf(not_counted),
    ...(first_at === null ? {} : { firstAt: new Date(first_at) }),
    ...(last_at === null ? {} : { lastAt: new Date(last_at) }),
    ...(unreadable === null ? {} : { unreadable }),
  };
}

/** What a label could be: how many annotations were counted in a project, and how many regions they have (null: not told). */
export interface UnitCounts {
  annotations: number;
  regions: number | null;
}

/** What the last count found in each of these projects from this day on, by project id; those without work are not there. */
export async function countsByUnit(
  database: Database,
  projectIds: readonly string[],
  since: Day,
): Promise<Map<string, UnitCounts>> {
  type Row = { project_id: string; annotations: number | string; regions: number | string | null };
  const rows: Row[] = await database('counted_days')
    .whereIn('project_id', projectIds)
    .where('work_date', '>=', since)
    .groupBy('project_id')
    .select('project_id')
    .sum({ annotations: 'annotations', regions: 'regions' });
  return new Map(
    rows.map(({ project_id, annotations, regions }) => [
      project_id,
      { annotations: Number(annotations), regions: regions === null ? null : Number(regions) },
    ]),
  );
}

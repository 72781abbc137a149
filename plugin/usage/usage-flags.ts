/** The flags of trainers' days: raised by every sync of everybody, and shown on pages. */
import type { PluginContext } from '../context.ts';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import type { Assignment } from './attribution.ts';
import { countedBetween, daySums, storeCounted, unreadableDays } from './counted-days.ts';
import { addDays, type Day } from './days.ts';
import { type Flag, type FlagKind, flagKinds, flagsOf } from './flags.ts';
import { byTrainerDay, type CountedDay, mergeCounted, withEarlier } from './merge-counted.ts';
import type { SyncRange } from './range.ts';
import type { UsageScope } from './usage-scope.ts';
import { USUAL_DAYS, usualBefore } from './usual.ts';

/** Flags of so many days, today included, are brought up to date. */
const FLAGGED_DAYS = 35;

export interface DayFlag extends Flag {
  trainerId: string;
  day: Day;
  projectIds: string[];
  /** Of a day that cannot be read: what the tool's adapter said. */
  why?: string;
}

interface UsageFlagRow {
  trainer_id: string;
  work_date: Day;
  kind: string;
  value: number;
  compared_with: number | null;
  /** JSON. */
  project_ids: string;
}

/** Stores what a sync of everybody counted, and the flags of the last five weeks anew. */
export async function raiseFlags(
  context: PluginContext,
  { range, today }: { range: SyncRange; today: Day },
  assignments: readonly Assignment[],
): Promise<void> {
  const { database } = context;
  const flaggedSince = addDays(today, 1 - FLAGGED_DAYS);
  const { projectIds, from } = range;
  const recounted = { projectIds, since: from, keptSince: addDays(flaggedSince, -USUAL_DAYS) };
  await storeCounted(database, recounted, assignments);
  const since = from > flaggedSince ? from : flaggedSince;
  const flags = await flagsOfDays(context, await countedBetween(database, since, today), { from: since, until: today });
  // A day that cannot be read is kept with what was counted of it, however old it is.
  await replaceFlags(
    database,
    since,
    flags.filter(({ kind }) => kind !== 'unreadable'),
  );
}

/** The flags of one day, from a count made now, or (null: the tool cannot be asked) from the last one. */
export async function flagsOnDay(
  context: PluginContext,
  day: Day,
  assignments: readonly Assignment[] | null,
): Promise<DayFlag[]> {
  const earlier = await countedBetween(context.database, day, day);
  const days = assignments === null ? earlier : withEarlier(mergeCounted(assignments), earlier);
  return flagsOfDays(context, days, { from: day, until: day });
}

async function flagsOfDays(
  { database, settings }: PluginContext,
  days: readonly CountedDay[],
  { from, until }: { from: Day; until: Day },
): Promise<DayFlag[]> {
  const trainerIds = [...new Set(days.map(({ trainerId }) => trainerId))];
  const history = await daySums(database, trainerIds, { from: addDays(from, -USUAL_DAYS), until });
  const { maxSecondsPerAnnotation } = settings.usage;
  return byTrainerDay(days).flatMap((rows) => {
    const [first] = rows;
    if (!first) return [];
    const { trainerId, day } = first;
    const usual = usualBefore(history.get(trainerId) ?? [], day);
    const projectIds = rows.map(({ projectId }) => projectId).sort();
    const why = rows.find(({ unreadable }) => unreadable !== undefined)?.unreadable;
    return flagsOf(rows, { maxSecondsPerAnnotation, usual }).map((flag) => ({
      ...{ trainerId, day, projectIds, ...flag },
      ...(flag.kind === 'unreadable' && why !== undefined ? { why } : {}),
    }));
  });
}

async function replaceFlags(database: Database, since: Day, flags: readonly DayFlag[]): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction('usage_flags').where('work_date', '>=', since).delete();
    await inChunks(flags, async (chunk) => {
      await transaction<UsageFlagRow>('usage_flags')
        .insert(chunk.map(rowOf))
        .onConflict(['trainer_id', 'work_date', 'kind'])
        .merge();
      return [];
    });
  });
}

function rowOf({ trainerId, day, kind, value, limit, projectIds }: DayFlag): UsageFlagRow {
  const project_ids = JSON.stringify(projectIds);
  return { trainer_id: trainerId, work_date: day, kind, value, compared_with: limit, project_ids };
}

/** The flags of days within this scope, the latest first, at most `limit`: of the trainers of its jobs and contracts, in all projects. */
export async function flagsWithin(
  database: Database,
  scope: Pick<UsageScope, 'from' | 'until'> & Partial<UsageScope>,
  limit: number,
): Promise<DayFlag[]> {
  const trainerIds = await trainersWithin(database, scope);
  const query = database<UsageFlagRow>('usage_flags').whereBetween('work_date', [scope.from, scope.until]).limit(limit);
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  const rows = await query
    .select('*')
    .orderBy([{ column: 'work_date', order: 'desc' }, { column: 'trainer_id' }, { column: 'kind' }]);
  const unreadable = await unreadableDays(database, limit, { ...scope, trainerIds });
  const flags = [...unreadable.map(unreadableFlag), ...rows.flatMap(flagOfRow)];
  return flags.sort((a, b) => b.day.localeCompare(a.day)).slice(0, limit);
}

/** The trainers whom a scope is about: those of its jobs and contracts; null: everybody. */
export async function trainersWithin(
  database: Database,
  scope: Partial<UsageScope>,
): Promise<readonly string[] | null> {
  const { jobIds, contractIds, trainerIds } = scope;
  if (!jobIds && !contractIds) return trainerIds ?? null;
  const query = database('contract_trainers').distinct('trainer_id');
  if (contractIds) query.whereIn('contract_id', contractIds);
  if (jobIds) query.whereIn('contract_id', database('contracts').select('id').whereIn('job_id', jobIds));
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  return query.pluck('trainer_id');
}

function unreadableFlag({
  trainerId,
  projectId,
  day,
  why,
}: Awaited<ReturnType<typeof unreadableDays>>[number]): DayFlag {
  return { trainerId, day, projectIds: [projectId], kind: 'unreadable', value: 1, limit: null, why };
}

/** A kind that a newer version of the plugin wrote is not shown. */
function flagOfRow(row: UsageFlagRow): DayFlag[] {
  const kind = flagKinds.find((one): one is FlagKind => one === row.kind);
  if (!kind) return [];
  const projectIds: string[] = JSON.parse(row.project_ids);
  return [
    { trainerId: row.trainer_id, day: row.work_date, projectIds, kind, value: row.value, limit: row.compared_with },
  ];
}

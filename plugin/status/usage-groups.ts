/** Usage by project, job, contract, trainer or day, by name and a window at a time: for the usage page and its CSV. */
import type { Knex } from 'knex';
import { findContracts } from '../mirror/contracts.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import { findTrainers } from '../mirror/trainers.ts';
import type { Database } from '../store/database.ts';
import type { Window } from '../store/window.ts';
import { plus, unknownTotals } from '../usage/totals.ts';
import { isByJob, type UsageScope, within } from '../usage/usage-scope.ts';
import { type Compared, sumsBy } from '../usage/usage-sums.ts';
import { whoIs } from './people.ts';

export const groupings = ['day', 'project', 'job', 'contract', 'trainer'] as const;
export type Grouping = (typeof groupings)[number];

export interface UsageGroup extends Compared {
  /** A day, or the id of a contract, trainer or job; of a project the ids of its jobs, separated by commas. */
  key: string;
  name: string;
}

/**
 * The groups of this window that have work in the scope: days the latest first, the others by name. Groups other than days are also
 * listed for work in `also`, which adds nothing to their numbers.
 */
export async function usageGroups(
  database: Database,
  scope: UsageScope,
  grouping: Grouping,
  window: Window,
  also: UsageScope | null = null,
): Promise<UsageGroup[]> {
  if (grouping === 'day') return windowOf(await dayGroups(database, scope), window);
  const scopes: [UsageScope, ...UsageScope[]] = also === null ? [scope] : [scope, also];
  if (grouping === 'project' || grouping === 'job') return jobGroups(database, scopes, grouping, window);
  const keys = await keysByName(database, scopes, grouping, window);
  const sums = await sumsBy(database, scope, grouping, keys);
  const names = grouping === 'contract' ? await contractNames(database, keys) : await trainerNames(database, keys);
  return keys.map((key) => ({ key, name: names.get(key) ?? key, ...(sums.get(key) ?? nothing) }));
}

/** A group without work. */
export const nothing: Compared = { accepted: unknownTotals, counted: unknownTotals, days: 0 };

/** The rows of this window. */
export function windowOf<Row>(rows: readonly Row[], { offset, limit }: Window): Row[] {
  return rows.slice(offset, offset + limit);
}

async function dayGroups(database: Database, scope: UsageScope): Promise<UsageGroup[]> {
  const sums = await sumsBy(database, scope, 'day');
  return [...sums].map(([key, sum]) => ({ key, name: key, ...sum })).sort((a, b) => (a.key < b.key ? 1 : -1));
}

const named = {
  contract: { table: 'contracts', column: 'contract_id', name: 'LOWER(COALESCE(title, id))' },
  trainer: { table: 'trainers', column: 'trainer_id', name: 'LOWER(COALESCE(display_name, id))' },
} as const;

/**
 * In the order of their names, which an index has: those behind the window are not looked at. Each is asked for its first day of work alone;
 * for an EXISTS, PostgreSQL reads all work into a hash first.
 */
async function keysByName(
  database: Database,
  scopes: readonly UsageScope[],
  grouping: keyof typeof named,
  { offset, limit }: Window,
): Promise<string[]> {
  const { table, column, name } = named[grouping];
  const first = (days: string, scope: UsageScope): Knex.QueryBuilder => {
    const work = database(`${days} as u`)
      .select(database.raw('1'))
      .where(`u.${column}`, database.ref(`${table}.id`));
    within(work, database, scope);
    return work.limit(1);
  };
  const found = database(table);
  // Whose work it is, is the same in all of them: only their days differ.
  const [whose] = scopes;
  if (grouping === 'trainer' && whose?.trainerIds) found.whereIn('id', whose.trainerIds);
  if (grouping === 'contract' && whose?.contractIds) found.whereIn('id', whose.contractIds);
  if (grouping === 'contract' && whose?.jobIds) found.whereIn('job_id', whose.jobIds);
  const works = scopes.flatMap((scope) => [first('usage_days', scope), first('usage_refusals', scope)]);
  const rows: { id: string }[] = await found
    .whereRaw(`COALESCE(${works.map(() => '(?)').join(', ')}) IS NOT NULL`, works)
    .orderByRaw(`${name}, id`)
    .select('id')
    .offset(offset)
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** What to call these contracts. */
export async function contractNames(database: Database, ids: readonly string[]): Promise<Map<string, string>> {
  return new Map((await findContracts(database, ids)).map(({ id, title }) => [id, title ?? id]));
}

/** What to call these trainers. */
export async function trainerNames(database: Database, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await findTrainers(database, ids);
  return new Map(
    rows.map((row) => [row.id, whoIs({ id: row.id, displayName: row.display_name, workEmail: row.work_email })]),
  );
}

export interface JobProjects {
  jobIds: string[];
  /** The titles of the projects that are linked to these jobs, or were. */
  name: string;
}

/**
 * Jobs by the projects they are linked to. Projects of one job stand together: OpenTrain is told their sum, so that there is no
 * number of one of them.
 */
export async function jobsByProjects(database: Database): Promise<JobProjects[]> {
  const links = (await ourProjectLinks(database)).filter(({ job_id }) => job_id !== null);
  const byJob = Map.groupBy(links, ({ job_id }) => job_id ?? '');
  const groups = new Map<string, JobProjects>();
  for (const [jobId, rows] of byJob) {
    const live = rows.some(({ removed_at }) => removed_at === null)
      ? rows.filter(({ removed_at }) => removed_at === null)
      : rows;
    const titles = new Map(
      live.map((row) => [row.project_id, row.external_project_name ?? `project ${row.project_id}`]),
    );
    const key = [...titles.keys()].sort().join(' ');
    const group = groups.get(key) ?? { jobIds: [], name: [...titles.values()].sort().join(' + ') };
    group.jobIds.push(jobId);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function jobGroups(
  database: Database,
  scopes: readonly [UsageScope, ...UsageScope[]],
  grouping: 'project' | 'job',
  window: Window,
): Promise<UsageGroup[]> {
  const [scope] = scopes;
  const working = new Set<string>();
  for (const one of scopes) for (const id of await jobsWithWork(database, one)) working.add(id);
  const projects = await jobsByProjects(database);
  const linked = new Set(projects.flatMap(({ jobIds }) => jobIds));
  const without = [...working].filter((id) => !linked.has(id)).map((id) => ({ jobIds: [id], name: 'no project' }));
  const groups = [...projects, ...without].flatMap(({ jobIds, name }) => {
    const present = jobIds.filter((id) => working.has(id));
    if (present.length === 0) return [];
    if (grouping === 'project' && name !== 'no project') return [{ jobIds: present, name }];
    return present.map((id) => ({ jobIds: [id], name: grouping === 'job' ? `${id} (${name})` : `no project (${id})` }));
  });
  const shown = windowOf(groups, window);
  const sums = await sumsBy(
    database,
    scope,
    'job',
    shown.flatMap(({ jobIds }) => jobIds),
  );
  return shown.map(({ jobIds, name }) => ({ key: jobIds.join(','), name, ...total(jobIds, sums) }));
}

function total(jobIds: readonly string[], sums: ReadonlyMap<string, Compared>): Compared {
  return jobIds.reduce((all, id) => {
    const one = sums.get(id) ?? nothing;
    const days = Math.max(all.days, one.days);
    return { accepted: plus(all.accepted, one.accepted), counted: plus(all.counted, one.counted), days };
  }, nothing);
}

/** A job's first day of work is enough: the others are not looked at. */
async function jobsWithWork(database: Database, scope: UsageScope): Promise<string[]> {
  const hasWork = (days: string) => (query: Knex.QueryBuilder) => {
    query.select(database.raw('1')).from('contracts as c').join(`${days} as u`, 'u.contract_id', 'c.id');
    within(query.where('c.job_id', database.ref('j.job_id')), database, scope);
  };
  const hasSum = (query: Knex.QueryBuilder): void => {
    query.select(database.raw('1')).from('usage_job_days as u').where('u.job_id', database.ref('j.job_id'));
    query.whereBetween('u.work_date', [scope.from, scope.until]);
    if (scope.jobIds) query.whereIn('u.job_id', scope.jobIds);
  };
  const rows: { job_id: string }[] = await database
    .from(database('contracts').distinct('job_id').as('j'))
    .where((either) =>
      either.whereExists(isByJob(scope) ? hasSum : hasWork('usage_days')).orWhereExists(hasWork('usage_refusals')),
    )
    .orderBy('job_id')
    .select('job_id');
  return rows.map(({ job_id }) => job_id);
}

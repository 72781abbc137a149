/** The usage explorer: any days, of anybody, by project, job, contract, trainer or day; what was not counted stands apart. */
import { type Request, Router } from 'express';
import { contractNames, jobsByProjects, trainerNames, usageGroups } from '../../status/usage-groups.ts';
import type { Window } from '../../store/window.ts';
import { addDays, type Day, dayOf } from '../../usage/days.ts';
import { change } from '../../usage/totals.ts';
import { usageEntries } from '../../usage/usage-entries.ts';
import { type Compared, sumOf, sumsBy } from '../../usage/usage-sums.ts';
import { bars } from './bars.ts';
import type { Console } from './console.ts';
import { addressWith, queryText, readOpenPage } from './paging.ts';
import { trainerPath } from './trainer.ts';
import { readUsageAside } from './usage-aside.ts';
import { sendUsageCsv } from './usage-csv.ts';
import { MOST_MATCHES, RANGES, readUsageQuery, type UsageQuery } from './usage-query.ts';

const PATH = '/console/usage';
/** A job has the days of many contracts to add up. */
const JOBS_PER_PAGE = 15;

/** The routes /console/usage and /console/usage/csv. */
export function usage(console: Console): Router {
  const router = Router();
  const { context } = console;
  const today = (): Day => dayOf(context.clock.now(), context.settings.usage.timezone);
  router.get('/', async (request, response) => {
    const query = await readUsageQuery(request, context.database, today());
    const days = await sumsBy(context.database, query.scope, 'day');
    console.page(request, response, 'usage', {
      title: 'Usage',
      section: PATH,
      scripts: ['uplot.js', 'usage-chart.js'],
      styles: ['uplot.css'],
      timezone: context.settings.usage.timezone,
      query,
      mostMatches: MOST_MATCHES,
      ...form(request, query),
      projects: (await jobsByProjects(context.database)).map(({ jobIds, name }) => ({ key: jobIds.join(','), name })),
      tiles: tiles(await sumOf(context.database, query.scope), await sumOf(context.database, query.before)),
      ...chartOf(days, query.scope),
      ...(days.size > 0 ? await readRows(console, request, query) : { rows: [], previous: null, next: null }),
      aside: await readUsageAside(context, query.scope),
    });
  });
  router.get('/csv', async (request, response) => {
    await sendUsageCsv(context, await readUsageQuery(request, context.database, today()), response);
  });
  return router;
}

const tabs = [
  { by: 'day', name: 'Day' },
  { by: 'project', name: 'Project' },
  { by: 'job', name: 'Job' },
  { by: 'contract', name: 'Contract' },
  { by: 'trainer', name: 'Trainer' },
  { by: 'entry', name: 'Every entry' },
] as const;

function form(request: Request, query: UsageQuery) {
  const address = (changes: Record<string, string>): string => addressWith(request, PATH, changes);
  return {
    ranges: RANGES.map((days) => ({
      days,
      href: address({ days: String(days), from: '', until: '' }),
      current: query.range === days,
    })),
    tabs: tabs.map(({ by, name }) => ({ name, href: address({ by }), current: query.by === by })),
    csv: addressWith(request, `${PATH}/csv`, {}),
    isFiltered: ['project', 'job', 'contract', 'trainer'].some((name) => queryText(request, name) !== ''),
    clear: address({ project: '', job: '', contract: '', trainer: '' }),
  };
}

function tiles(now: Compared, before: Compared) {
  const changed = change(before.accepted, now.accepted);
  return { now, before: before.accepted, changed, difference: change(now.accepted, now.counted) };
}

/** Every day of the range, those without work as 0. */
function chartOf(byDay: ReadonlyMap<string, Compared>, { from, until }: { from: Day; until: Day }) {
  const days: Day[] = [];
  for (let day = from; day <= until; day = addDays(day, 1)) days.push(day);
  const of = (field: 'labels' | 'tasks'): number[] => days.map((day) => byDay.get(day)?.accepted[field] ?? 0);
  const chart = {
    /** Seconds since 1970 UTC of each day's start. */
    days: days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1_000),
    labels: of('labels'),
    tasks: of('tasks'),
  };
  return { hasWork: byDay.size > 0, chart: JSON.stringify(chart), bars: bars(chart.labels) };
}

async function readRows(console: Console, request: Request, query: UsageQuery) {
  const { database } = console.context;
  const explain = (contract: string, day: string): string =>
    `/console/explain?${new URLSearchParams({ contract, day })}`;
  if (query.by === 'entry') {
    const page = await readOpenPage(request, PATH, (window) => usageEntries(database, query.scope, window));
    const contracts = await contractNames(database, [...new Set(page.rows.map(({ contractId }) => contractId))]);
    const trainers = await trainerNames(database, [...new Set(page.rows.map(({ trainerId }) => trainerId))]);
    const rows = page.rows.map((entry) => ({
      ...entry,
      contract: contracts.get(entry.contractId) ?? entry.contractId,
      trainer: trainers.get(entry.trainerId) ?? entry.trainerId,
      trainerPath: trainerPath(entry.trainerId),
      explain: explain(entry.contractId, entry.day),
    }));
    return { ...page, rows: rows.map(withChange) };
  }
  const grouping = query.by;
  const size = grouping === 'project' || grouping === 'job' ? JOBS_PER_PAGE : undefined;
  const read = (window: Window) => usageGroups(database, query.scope, grouping, window);
  const page = await readOpenPage(request, PATH, read, size);
  const rows = page.rows.map((group) => ({
    ...group,
    href: addressWith(request, PATH, narrowed(grouping, group.key)),
  }));
  return { ...page, rows: rows.map(withChange) };
}

function withChange<Row extends Pick<Compared, 'accepted' | 'counted'>>(row: Row) {
  return { ...row, difference: change(row.accepted, row.counted) };
}

/** What a group's name leads to: its entries, or who is behind it. */
function narrowed(grouping: Exclude<UsageQuery['by'], 'entry'>, key: string): Record<string, string> {
  if (grouping === 'day') return { from: key, until: key, days: '', by: 'entry' };
  if (grouping === 'contract' || grouping === 'trainer') return { [grouping]: key, by: 'entry' };
  return grouping === 'job' ? { job: key, by: 'contract' } : { project: key, by: 'contract' };
}

/** The usage explorer: any days, of anybody, by project, job, contract, trainer or day; what was not counted stands apart. */
import { type Request, Router } from 'express';
import { type ComparedGroup, comparedGroups } from '../../status/usage-comparison.ts';
import {
  contractNames,
  jobsByProjects,
  trainerNames,
  type UsageGroup,
  usageGroups,
} from '../../status/usage-groups.ts';
import type { Window } from '../../store/window.ts';
import { addDays, countDays, type Day, dayOf } from '../../usage/days.ts';
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
    const others = query.isComparing ? await sumsBy(context.database, query.other, 'day') : null;
    const hasWork = days.size > 0 || (others?.size ?? 0) > 0;
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
      tiles: tiles(await sumOf(context.database, query.scope), await sumOf(context.database, query.other)),
      hasWork,
      ...chartOf(days, others, query),
      ...(hasWork ? await readRows(console, request, query) : { rows: [], previous: null, next: null }),
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
    alone: address({ other_from: '', other_until: '' }),
  };
}

function tiles(now: Compared, before: Compared) {
  const changed = change(before.accepted, now.accepted);
  return { now, before: before.accepted, changed, difference: change(now.accepted, now.counted) };
}

type ByDay = ReadonlyMap<string, Compared>;

/** Every day of the range, those without work as 0; the other range beside it, by position. */
function chartOf(byDay: ByDay, others: ByDay | null, { scope, other }: Pick<UsageQuery, 'scope' | 'other'>) {
  const [length, otherLength] = [countDays(scope.from, scope.until), countDays(other.from, other.until)];
  const shown = Math.max(length, others ? otherLength : 0);
  const positions = Array.from({ length: shown }, (_, position) => position);
  const of = (sums: ByDay, from: Day, count: number, field: 'labels' | 'tasks'): (number | null)[] =>
    positions.map((at) => (at < count ? (sums.get(addDays(from, at))?.accepted[field] ?? 0) : null));
  const chart = {
    /** Seconds since 1970 UTC of each day's start. */
    days: positions.map((at) => Date.parse(`${addDays(scope.from, at)}T00:00:00Z`) / 1_000),
    labels: of(byDay, scope.from, length, 'labels'),
    tasks: of(byDay, scope.from, length, 'tasks'),
    others: others && of(others, other.from, otherLength, 'labels'),
  };
  const [mine, theirs] = [chart.labels, chart.others ?? []].map((values) => values.map((value) => value ?? 0));
  const highest = Math.max(...(mine ?? []), ...(theirs ?? []));
  return {
    chart: JSON.stringify(chart),
    bars: bars(mine ?? [], highest),
    otherBars: others && bars(theirs ?? [], highest),
  };
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
  const read = (window: Window) =>
    query.isComparing
      ? comparedGroups(database, query, grouping, window)
      : usageGroups(database, query.scope, grouping, window);
  const page = await readOpenPage<UsageGroup | ComparedGroup>(request, PATH, read, size);
  const rows = page.rows.map((group) => ({
    ...group,
    // A day beyond the range has nothing behind it.
    href: group.key === '' ? null : addressWith(request, PATH, narrowed(grouping, group.key)),
    otherChange: 'other' in group ? change(group.other, group.accepted) : null,
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

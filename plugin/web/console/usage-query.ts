/** What the address of the usage page asks for: days, whose, and by what. */
import type { Request } from 'express';
import { type Grouping, groupings } from '../../status/usage-groups.ts';
import { whereContains } from '../../store/contains.ts';
import type { Database } from '../../store/database.ts';
import { addDays, countDays, type Day, earliest, isDay } from '../../usage/days.ts';
import type { UsageScope } from '../../usage/usage-scope.ts';
import { queryText } from './paging.ts';

export const RANGES = [7, 14, 30, 90] as const;
const DEFAULT_RANGE = 30;
const LONGEST_RANGE = 366;
/** So many contracts or trainers that a text matches are looked at. */
export const MOST_MATCHES = 50;

export interface UsageQuery {
  scope: UsageScope;
  /** What it is compared with: days of the admin's own choice, else as many right before. */
  other: UsageScope;
  /** Whether the days to compare with were chosen: then they stand in the chart, the table and the CSV too. */
  isComparing: boolean;
  /** One of {@link RANGES}; null for days of one's own. */
  range: number | null;
  by: Grouping | 'entry';
  /** As typed. */
  project: string;
  job: string;
  contract: string;
  trainer: string;
  /** A text matches more than are looked at. */
  isCut: boolean;
}

/** Reads the query. What makes no sense counts as not given. */
export async function readUsageQuery(request: Request, database: Database, today: Day): Promise<UsageQuery> {
  const { from, until, range } = readRange(request, today);
  const [project, job, contract, trainer] = ['project', 'job', 'contract', 'trainer'].map((name) =>
    queryText(request, name),
  );
  const contracts = await idsLike(database('contracts'), ['id', 'title'], contract ?? '');
  const trainers = await idsLike(database('trainers'), ['id', 'display_name', 'work_email'], trainer ?? '');
  const whose = { jobIds: jobsOf(project ?? '', job ?? ''), contractIds: contracts, trainerIds: trainers };
  const chosen = daysIn(request, 'other_from', 'other_until');
  const before = { from: addDays(from, -countDays(from, until)), until: addDays(from, -1) };
  return {
    scope: { from, until, ...bounded(whose) },
    other: { ...(chosen ?? before), ...bounded(whose) },
    isComparing: chosen !== null,
    range,
    by: [...groupings, 'entry' as const].find((known) => known === request.query.by) ?? 'day',
    ...{ project: project ?? '', job: job ?? '', contract: contract ?? '', trainer: trainer ?? '' },
    isCut: [contracts, trainers].some((ids) => (ids?.length ?? 0) > MOST_MATCHES),
  };
}

function readRange(request: Request, today: Day): { from: Day; until: Day; range: number | null } {
  const own = daysIn(request, 'from', 'until');
  if (own) return { ...own, range: null };
  const range = RANGES.find((days) => String(days) === request.query.days) ?? DEFAULT_RANGE;
  return { from: addDays(today, 1 - range), until: today, range };
}

/** The days that two parts of the query give; null when they are no range. */
function daysIn(request: Request, first: string, last: string): { from: Day; until: Day } | null {
  const [from, until] = [queryText(request, first), queryText(request, last)];
  if (!isDay(from) || !isDay(until) || from > until) return null;
  return { from, until: earliest(until, addDays(from, LONGEST_RANGE - 1)) };
}

/** The jobs of a chosen project (its jobs' ids, with commas) and of a job; null for all. */
export function jobsOf(project: string, job: string): string[] | null {
  const ofProject = project === '' ? null : project.split(',');
  if (job === '') return ofProject;
  return ofProject === null || ofProject.includes(job) ? [job] : [];
}

function bounded(whose: Pick<UsageScope, 'jobIds' | 'contractIds' | 'trainerIds'>): typeof whose {
  const some = (ids: readonly string[] | null): readonly string[] | null => ids?.slice(0, MOST_MATCHES) ?? null;
  return { ...whose, contractIds: some(whose.contractIds), trainerIds: some(whose.trainerIds) };
}

/** The row with this id, else those that contain the text; null for no text. */
async function idsLike(
  table: ReturnType<Database>,
  columns: readonly string[],
  text: string,
): Promise<string[] | null> {
  if (text === '') return null;
  const exact: { id: string } | undefined = await table.clone().where({ id: text }).first('id');
  if (exact) return [exact.id];
  const found = table
    .select('id')
    .orderBy('id')
    .limit(MOST_MATCHES + 1);
  whereContains(found, columns, text);
  const rows: { id: string }[] = await found;
  return rows.map(({ id }) => id);
}

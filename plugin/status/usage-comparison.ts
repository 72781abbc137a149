/** Usage of one range beside that of another, by the same groups: for the usage page and its CSV. */
import type { Database } from '../store/database.ts';
import type { Window } from '../store/window.ts';
import { addDays, countDays, type Day } from '../usage/days.ts';
import { plus, type Totals, unknownTotals } from '../usage/totals.ts';
import type { UsageScope } from '../usage/usage-scope.ts';
import { sumsBy } from '../usage/usage-sums.ts';
import { type Grouping, nothing, type UsageGroup, usageGroups, windowOf } from './usage-groups.ts';

export interface ComparedGroup extends UsageGroup {
  /** What OpenTrain accepted in the other range. */
  other: Totals;
  /** By day: the day of the other range that stands beside this one, by its position; null for other groups. */
  otherDay: Day | null;
}

/** The groups of this window that have work in either range. By day the first days stand beside each other, and so on; the key is empty beyond the end of the first range. */
export async function comparedGroups(
  database: Database,
  { scope, other }: { scope: UsageScope; other: UsageScope },
  grouping: Grouping,
  window: Window,
): Promise<ComparedGroup[]> {
  if (grouping === 'day') return windowOf(await comparedDays(database, scope, other), window);
  const groups = await usageGroups(database, scope, grouping, window, other);
  // A project's key are the ids of its jobs.
  const isOfJobs = grouping === 'project' || grouping === 'job';
  const idsOf = ({ key }: UsageGroup): string[] => (isOfJobs ? key.split(',') : [key]);
  const sums = await sumsBy(database, other, isOfJobs ? 'job' : grouping, groups.flatMap(idsOf));
  return groups.map((group) => ({
    ...group,
    other: idsOf(group).reduce<Totals>((all, id) => plus(all, sums.get(id)?.accepted ?? unknownTotals), unknownTotals),
    otherDay: null,
  }));
}

async function comparedDays(database: Database, scope: UsageScope, other: UsageScope): Promise<ComparedGroup[]> {
  const [mine, theirs] = [await sumsBy(database, scope, 'day'), await sumsBy(database, other, 'day')];
  const length = Math.max(countDays(scope.from, scope.until), countDays(other.from, other.until));
  const rows: ComparedGroup[] = [];
  for (let position = length - 1; position >= 0; position -= 1) {
    const [day, otherDay] = [addDays(scope.from, position), addDays(other.from, position)];
    const key = day <= scope.until ? day : '';
    const [sum, beside] = [mine.get(key), theirs.get(otherDay)];
    if (!sum && !beside) continue;
    rows.push({ key, name: key, ...(sum ?? nothing), other: beside?.accepted ?? unknownTotals, otherDay });
  }
  return rows;
}

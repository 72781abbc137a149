/** The usage page as CSV: the same days, people and groups, all of them rather than a page. */
import type { Response } from 'express';
import type { PluginContext } from '../../context.ts';
import { comparedGroups } from '../../status/usage-comparison.ts';
import { contractNames, trainerNames, usageGroups } from '../../status/usage-groups.ts';
import { csvLine } from '../../text/csv.ts';
import { addDays } from '../../usage/days.ts';
import type { Totals } from '../../usage/totals.ts';
import { usageEntries } from '../../usage/usage-entries.ts';
import type { Compared } from '../../usage/usage-sums.ts';
import { openCsv } from './csv-answer.ts';
import type { UsageQuery } from './usage-query.ts';

const ROWS_A_READ = 1_000;
const NUMBERS = ['tasks', 'labels', 'seconds', 'counted_tasks', 'counted_labels', 'counted_seconds'];

/** Answers with the file; it is written as it is read, so that its size costs no memory. */
export async function sendUsageCsv(context: PluginContext, query: UsageQuery, response: Response): Promise<void> {
  const { from, until } = query.scope;
  const beside = query.isComparing ? `-beside-${query.other.from}-${query.other.until}` : '';
  const write = openCsv(response, `usage-${query.by}-${from}-${until}${beside}.csv`);
  try {
    if (query.by === 'entry') await writeEntries(context, query, write);
    else await writeGroups(context, query, query.by, write);
    response.end();
  } catch (error) {
    if (!response.destroyed) throw error;
  }
}

type Write = (text: string) => Promise<void>;

async function writeGroups(
  { database }: PluginContext,
  query: UsageQuery,
  by: Exclude<UsageQuery['by'], 'entry'>,
  write: Write,
): Promise<void> {
  if (query.isComparing) return writeCompared(database, query, by, write);
  const { scope } = query;
  await write(csvLine([by, 'name', 'days', ...NUMBERS]));
  for (let offset = 0; ; offset += ROWS_A_READ) {
    const groups = await usageGroups(database, scope, by, { offset, limit: ROWS_A_READ });
    await write(groups.map((group) => csvLine([group.key, group.name, group.days, ...numbers(group)])).join(''));
    if (groups.length < ROWS_A_READ) return;
  }
}

const OTHER_NUMBERS = ['other_tasks', 'other_labels', 'other_seconds'];

async function writeCompared(
  database: PluginContext['database'],
  query: UsageQuery,
  by: Exclude<UsageQuery['by'], 'entry'>,
  write: Write,
): Promise<void> {
  const otherDay = by === 'day' ? ['other_day'] : [];
  await write(csvLine([by, 'name', 'days', ...NUMBERS, ...otherDay, ...OTHER_NUMBERS]));
  for (let offset = 0; ; offset += ROWS_A_READ) {
    const groups = await comparedGroups(database, query, by, { offset, limit: ROWS_A_READ });
    const lines = groups.map((group) => {
      const { tasks, labels, seconds } = group.other;
      const beside = by === 'day' ? [group.otherDay] : [];
      return csvLine([group.key, group.name, group.days, ...numbers(group), ...beside, tasks, labels, seconds]);
    });
    await write(lines.join(''));
    if (groups.length < ROWS_A_READ) return;
  }
}

/** A day at a time: what comes before a window of one day is little. */
async function writeEntries({ database }: PluginContext, { scope }: UsageQuery, write: Write): Promise<void> {
  await write(csvLine(['day', 'contract_id', 'contract', 'trainer_id', 'trainer', ...NUMBERS, 'refused']));
  for (let day = scope.until; day >= scope.from; day = addDays(day, -1)) {
    for (let offset = 0; ; offset += ROWS_A_READ) {
      const oneDay = { ...scope, from: day, until: day };
      const entries = await usageEntries(database, oneDay, { offset, limit: ROWS_A_READ });
      const contracts = await contractNames(database, [...new Set(entries.map(({ contractId }) => contractId))]);
      const trainers = await trainerNames(database, [...new Set(entries.map(({ trainerId }) => trainerId))]);
      const lines = entries.map(({ contractId, trainerId, refusal, ...entry }) => {
        const contract = [contractId, contracts.get(contractId) ?? null];
        return csvLine([
          entry.day,
          ...contract,
          trainerId,
          trainers.get(trainerId) ?? null,
          ...numbers(entry),
          refusal,
        ]);
      });
      await write(lines.join(''));
      if (entries.length < ROWS_A_READ) break;
    }
  }
}

function numbers({ accepted, counted }: Pick<Compared, 'accepted' | 'counted'>): (number | null)[] {
  const of = ({ tasks, labels, seconds }: Totals): (number | null)[] => [tasks, labels, seconds];
  return [...of(accepted), ...of(counted)];
}

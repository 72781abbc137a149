/** Asks the tool for the work of a range of days, in one call. */
import type { TallyRow } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { addDays, type Day, offsetPeriods, startOfDay } from './days.ts';

export interface DayRange {
  projectIds: readonly string[];
  /** First and last day, both included. */
  from: Day;
  until: Day;
}

/**
 * Everybody's work in these projects. Throws what the adapter throws, and {@link AdminError} when the tool's database cannot be
 * read: that must never look like a day without work.
 */
export async function tallyDays(context: PluginContext, range: DayRange): Promise<TallyRow[]> {
  const { capabilities, remedies } = await context.describeTool();
  if (!capabilities.tally) {
    throw new AdminError(
      'The work in the tool cannot be counted: its database cannot be read.',
      remedies.tally ?? 'Set TOOL_DATABASE_URL to a role that may read it.',
    );
  }
  if (range.projectIds.length === 0 || range.from > range.until) return [];
  const { timezone, maxSecondsPerAnnotation, countBulk } = context.settings.usage;
  const from = startOfDay(range.from, timezone);
  const until = startOfDay(addDays(range.until, 1), timezone);
  const offsets = offsetPeriods(timezone, from, until);
  const { projectIds } = range;
  return context.tool.tally({ projectIds, from, until, offsets, maxSecondsPerAnnotation, countBulk });
}

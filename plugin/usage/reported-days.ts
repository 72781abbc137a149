/** Which days people have been told about: a later change of one of them is a correction. */

import { count, findCounter } from '../audit/counters.ts';
import type { PluginContext } from '../context.ts';
import { addDays, type Day, dayOf } from './days.ts';

const COUNTER = 'nightly-report';

/** The last day that a nightly report covered, and when that was made. */
export async function lastReport(context: PluginContext): Promise<{ day: Day; at: Date } | null> {
  const counter = await findCounter(context.database, COUNTER);
  return counter?.last_detail ? { day: counter.last_detail, at: new Date(counter.last_at) } : null;
}

/** Remembers that the report of this day was made. */
export async function rememberReport(context: PluginContext, day: Day, at: Date): Promise<void> {
  await count(context.database, COUNTER, day, at);
}

/** The last day that counts as reported: the day before yesterday, or what the nightly report covered since. */
export async function reportedUntil(context: PluginContext): Promise<Day> {
  const beforeYesterday = addDays(dayOf(context.clock.now(), context.settings.usage.timezone), -2);
  const last = await lastReport(context);
  return last && last.day > beforeYesterday ? last.day : beforeYesterday;
}

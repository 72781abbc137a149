/** A long range of days as several short ones, so that a reader of an SQLite file never keeps its writers waiting. */
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { OffsetPeriod } from '../tool.ts';
import type { ToolDatabase } from './tool-database.ts';

export interface Span {
  /** The first instant … */
  from: Date;
  /** … and the first one after it. */
  until: Date;
}

export interface SpanOptions extends Span {
  /** As in `TallyQuery.offsets`: a span never ends within a day. */
  offsets: readonly OffsetPeriod[];
}

/**
 * How many rows of the table one statement reads, days permitting: 15 to 65 ms of reading (measured on an idle and on a busy machine). With
 * 50,000 a writer on the busy one waited 0.5 s, because it asks the more rarely the longer it waits, and missed the pauses.
 */
export const rowsPerSpan = 15_000;
/** A writer that has waited for so long asks again within that time again, and within 25 ms at the latest (SQLite's busy handler). */
const pauseMilliseconds = { least: 5, most: 25 };
const dayMilliseconds = 86_400_000;

/**
 * The whole range on PostgreSQL, whose readers stop nobody. On SQLite, spans of whole days with at most {@link rowsPerSpan} rows
 * of the table each (a day with more is one span), found in the index on `created_at`, with a pause between two of them.
 */
export async function* daySpans(
  database: Pick<ToolDatabase, 'dialect' | 'query'>,
  table: string,
  { from, until, offsets }: SpanOptions,
): AsyncGenerator<Span> {
  if (database.dialect === 'postgres') {
    yield { from, until };
    return;
  }
  for (let start = from; start < until; ) {
    const end = (await endOfSpan(database, table, { from: start, until, offsets })) ?? until;
    const yieldedAt = performance.now();
    yield { from: start, until: end };
    if (end < until) await pauseAfter(performance.now() - yieldedAt);
    start = end;
  }
}

/** Lets the writers in that waited for as long as a statement took. */
export async function pauseAfter(milliseconds: number): Promise<void> {
  await wait(Math.min(pauseMilliseconds.most, Math.max(pauseMilliseconds.least, milliseconds)));
}

const boundarySchema = z.array(z.object({ created_at: z.string() }));

/** Where a span that starts here has to end; null: it holds all the rest. */
async function endOfSpan(
  database: Pick<ToolDatabase, 'dialect' | 'query'>,
  table: string,
  { from, until, offsets }: SpanOptions,
): Promise<Date | null> {
  const rows = await database.query(
    `SELECT created_at FROM ${table} WHERE created_at >= $1 AND created_at < $2 ORDER BY created_at LIMIT 1 OFFSET ${rowsPerSpan}`,
    [from, until],
  );
  const [boundary] = boundarySchema.parse(rows);
  if (!boundary) return null;
  const instant = new Date(`${boundary.created_at.replace(' ', 'T')}Z`);
  if (Number.isNaN(instant.getTime())) return null;
  let end = startOfDay(instant, offsets);
  // A day with more rows than a span should have is one span.
  for (let ahead = 1; end <= from; ahead += 1) {
    end = startOfDay(new Date(instant.getTime() + ahead * dayMilliseconds), offsets);
  }
  return end < until ? end : null;
}

/** The first instant of the calendar day of this one; where the clock changes in between, of one before it. */
export function startOfDay(instant: Date, offsets: readonly OffsetPeriod[]): Date {
  const offsetAt = (milliseconds: number): number =>
    (offsets.findLast((period) => period.from.getTime() <= milliseconds) ?? offsets[0])?.offsetSeconds ?? 0;
  for (let moment = instant.getTime(); ; moment -= dayMilliseconds) {
    const offset = offsetAt(moment) * 1000;
    const start = Math.floor((moment + offset) / dayMilliseconds) * dayMilliseconds - offset;
    // A day that begins under another offset may begin twice, or not at midnight: any earlier day will do.
    if (offsetAt(start) * 1000 === offset && offsetAt(start - 1) * 1000 === offset) return new Date(start);
  }
}

/** A table without an index on time as several ranges of its ids, so that a reader of an SQLite file never keeps its writers waiting. */
import { z } from 'zod';
import { pauseAfter, rowsPerSpan } from './day-spans.ts';
import type { ToolDatabase } from './tool-database.ts';

export interface IdSpan {
  /** Ids above this one … */
  after: number;
  /** … up to and with this one. */
  upTo: number;
}

const lastSchema = z.array(z.object({ last: z.number() }));

/** Ranges of at most `rows` ids, ascending, that hold the whole table as it is now, with a pause between two of them. */
export async function* idSpans(
  database: Pick<ToolDatabase, 'query'>,
  table: string,
  rows = rowsPerSpan,
): AsyncGenerator<IdSpan> {
  const [end] = lastSchema.parse(await database.query(`SELECT coalesce(max(id), 0) AS last FROM ${table}`, []));
  const last = end?.last ?? 0;
  for (let after = 0; after < last; after += rows) {
    const yieldedAt = performance.now();
    yield { after, upTo: after + rows };
    if (after + rows < last) await pauseAfter(performance.now() - yieldedAt);
  }
}

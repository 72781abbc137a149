/** Deletes many rows without holding up anybody: a few hundred a statement, each in a transaction of its own. */
import type { Knex } from 'knex';
import { throwIfAborted } from '../abort.ts';
import type { Database } from './database.ts';

const ROWS_PER_STEP = 500;

/** Deletes the rows that `where` leaves, known apart by the columns `key`. Returns how many. */
export async function deleteInSteps(
  database: Database,
  table: string,
  key: readonly string[],
  where: (rows: Knex.QueryBuilder) => void,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    throwIfAborted();
    const step = database(table).select(key).limit(ROWS_PER_STEP);
    where(step);
    const gone = await database(table)
      .whereIn([...key], step)
      .delete();
    deleted += gone;
    if (gone < ROWS_PER_STEP) return deleted;
  }
}

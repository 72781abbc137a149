/** A window onto a long list that stays in the store. */
import type { Knex } from 'knex';

export interface Window {
  offset: number;
  limit: number;
}

/** A long list in the store: how many rows it has, and some of them in its order. */
export interface LongList<Row> {
  count(): Promise<number>;
  read(window: Window): Promise<Row[]>;
}

/** How many rows a query has. */
export async function countRows(query: Knex.QueryBuilder): Promise<number> {
  const row: { rows?: number | string } | undefined = await query.count({ rows: '*' }).first();
  return Number(row?.rows ?? 0);
}

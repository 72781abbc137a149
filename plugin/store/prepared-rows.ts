/** Statements that requests wait for: without knex's builder, which takes longer than most of our statements. */
import type { Database } from './database.ts';

/** What both of our dialects can do. */
export interface PreparingClient {
  preparedRows(sql: string, values: readonly unknown[]): Promise<readonly unknown[]>;
}

/**
 * The rows of a statement that names its values $1, $2 and so on. It is parsed and planned once for each connection, where the database
 * keeps it. Not for transactions: its connection is another one.
 */
export function preparedRows(database: Database, sql: string, values: readonly unknown[]): Promise<readonly unknown[]> {
  const client: PreparingClient = database.client;
  return client.preparedRows(sql, values);
}

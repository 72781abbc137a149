/** How a tool's database would answer a statement. */

import type { LocalTool } from '../../adapters/local-tool.ts';
import { openToolDatabase } from '../../adapters/sql/open-tool-database.ts';
import type { SqlValue } from '../../adapters/sql/tool-database.ts';

/** The plan as text. PostgreSQL reads a small table whole, some versions sooner than others: here that is as dear as on a table of some size. */
export async function planOf(tool: LocalTool, sql: string, parameters: readonly SqlValue[]): Promise<string> {
  const isPostgres = tool.databaseUrl.startsWith('postgres');
  const database = openToolDatabase(`${tool.databaseUrl}${isPostgres ? '?options=-c%20enable_seqscan%3Doff' : ''}`);
  try {
    const explain = isPostgres ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN';
    return JSON.stringify(await database.query(`${explain} ${sql}`, parameters));
  } finally {
    await database.close();
  }
}

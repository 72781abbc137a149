/** Every row of a store, written the same for both databases. */
import { tablesOf } from '../../plugin/store/copy-store.ts';
import type { Database } from '../../plugin/store/database.ts';

/** By table, sorted; booleans are 0 and 1, as SQLite keeps them. */
export async function rowsOf(database: Database): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of await tablesOf(database)) {
    const rows: Record<string, unknown>[] = await database(table).select('*');
    const plain = (row: Record<string, unknown>) =>
      JSON.stringify(
        Object.entries(row).map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value]),
      );
    all[table] = rows.map(plain).sort();
  }
  return all;
}

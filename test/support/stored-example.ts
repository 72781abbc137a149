/**
 * Stores as released versions left them: each file of `stores/` holds every row that such a version wrote while Ada was hired and
 * labelled, Ben was hired and only invited, and Cleo was hired, labelled, and her contract ended. `names` are the ids in it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { migrations } from '../../migrations/index.ts';
import { continueSequences } from '../../plugin/store/copy-store.ts';
import { type Database, openDatabase } from '../../plugin/store/database.ts';
import { migrate } from '../../plugin/store/migrate.ts';

const folder = join(import.meta.dirname, 'stores');
const value = z.union([z.string(), z.number(), z.null()]);
const exampleSchema = z.object({
  names: z.record(z.string(), z.string()),
  tables: z.record(z.string(), z.array(z.record(z.string(), value))),
});

/** The last migration of each released schema: "0005". */
export const releasedSchemas: readonly string[] = readdirSync(folder)
  .map((file) => file.replace('.json', ''))
  .sort();

/** The last migration of each version that was released before this one. A release adds its own, and its file in `stores/`. */
export const releasedStores: Readonly<Record<string, string>> = { '0.1.0': '0005' };

/** Writes the store of that schema; `replaced` gives ids of a new world in place of those that the example names. */
export async function writeStoredExample(
  url: string,
  schema: string,
  replaced: Readonly<Record<string, string>>,
): Promise<void> {
  const text = readFileSync(join(folder, `${schema}.json`), 'utf8');
  const { names } = exampleSchema.parse(JSON.parse(text));
  const changed = Object.entries(replaced).reduce(
    (changing, [name, id]) => (names[name] ? changing.replaceAll(names[name], id) : changing),
    text,
  );
  const { tables } = exampleSchema.parse(JSON.parse(changed));
  const database = openDatabase(url);
  try {
    const last = migrations.findIndex(({ name }) => name.startsWith(schema));
    await migrate(database, migrations.slice(0, last + 1));
    for (const [table, rows] of Object.entries(tables)) await insert(database, table, rows);
  } finally {
    await database.destroy();
  }
}

async function insert(database: Database, table: string, rows: Record<string, z.infer<typeof value>>[]): Promise<void> {
  if (rows.length === 0 || table === 'schema_migrations') return;
  await database(table).insert(rows);
  await continueSequences(database, table, await database(table).columnInfo());
}

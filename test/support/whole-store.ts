/** Everything that the plugin has stored, to compare. */
import { expect } from 'chai';
import type { Database } from '../../plugin/store/database.ts';

/** The rows of every table but the one of migrations, as text. */
export async function wholeStore(database: Database): Promise<Map<string, string>> {
  const sqlite = database.client.config.client !== 'pg' && !String(database.client.dialect).includes('postgres');
  const names: { name: string }[] = sqlite
    ? await database('sqlite_master').where({ type: 'table' }).whereNot('name', 'like', 'sqlite_%').select('name')
    : await database('pg_tables').where({ schemaname: 'public' }).select({ name: 'tablename' });
  const kept = names.map(({ name }) => name).filter((name) => name !== 'schema_migrations');
  expect(kept.length).to.be.greaterThan(30);
  const tables = await Promise.all(
    kept.map(async (name) => [name, JSON.stringify(await database(name).select('*'))] as const),
  );
  return new Map(tables);
}

/** The tables that differ. */
export function changedTables(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...before.keys()].filter((table) => before.get(table) !== after.get(table));
}

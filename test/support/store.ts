/** A fresh, migrated store of the plugin for a test, on either database. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../plugin/store/database.ts';
import { migrate } from '../../plugin/store/migrate.ts';

/** The PostgreSQL server that tests may make databases on. */
export const postgresServer = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

export const storeKinds = ['sqlite', 'postgres'] as const;
export type StoreKind = (typeof storeKinds)[number];

export interface FreshStore {
  database: Database;
  url: string;
  /** Closes it and removes what was made. */
  drop(): Promise<void>;
}

/** Makes an empty database; nothing is migrated. */
export async function emptyDatabase(kind: StoreKind): Promise<{ url: string; remove: () => Promise<void> }> {
  if (kind === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'plugin-store-'));
    return {
      url: `sqlite:${join(folder, 'plugin.sqlite3')}`,
      remove: async () => rmSync(folder, { recursive: true, force: true }),
    };
  }
  const name = `plugin_test_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(postgresServer);
  url.pathname = `/${name}`;
  return { url: url.href, remove: () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** A copy of a store that nobody has open: of a filled one it is much sooner there than a second filling. */
export async function copyOfStore(kind: StoreKind, url: string): Promise<FreshStore> {
  if (kind === 'sqlite') {
    const empty = await emptyDatabase(kind);
    copyFileSync(url.slice('sqlite:'.length), empty.url.slice('sqlite:'.length));
    return opened(openDatabase(empty.url), empty);
  }
  const name = `plugin_test_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${new URL(url).pathname.slice(1)}`);
  const copy = new URL(postgresServer);
  copy.pathname = `/${name}`;
  const remove = () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  return opened(openDatabase(copy.href), { url: copy.href, remove });
}

function opened(database: Database, { url, remove }: { url: string; remove: () => Promise<void> }): FreshStore {
  return {
    database,
    url,
    async drop() {
      await database.destroy();
      await remove();
    },
  };
}

async function onServer(statement: string): Promise<void> {
  const server = openDatabase(postgresServer);
  try {
    await server.raw(statement);
  } finally {
    await server.destroy();
  }
}

export async function freshStore(kind: StoreKind): Promise<FreshStore> {
  const empty = await emptyDatabase(kind);
  const database = openDatabase(empty.url);
  await migrate(database);
  return opened(database, empty);
}

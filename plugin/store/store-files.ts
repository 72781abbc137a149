/** The files of a SQLite store: which they are, that only their owner may read them, and that a store is there at all. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AdminError } from '../errors.ts';
import { tighten } from '../private-files.ts';
import { SECRET_FILE } from '../settings/plugin-secret.ts';
import type { Settings } from '../settings/settings.ts';
import { sqliteFile } from '../settings/sqlite-file.ts';
import type { Database } from './database.ts';
import { type SchemaState, schemaState } from './migrate.ts';

/** What SQLite and we put beside the store's file. */
const SUFFIXES = ['', '-wal', '-shm', '-journal', '.lock', '.lock-journal'];

/**
 * Takes away what other users may do with the store's files and PLUGIN_SECRET's, and with their folder where it holds nothing
 * else. Returns the paths that were too open. A PostgreSQL store has none.
 */
export function tightenStoreFiles(databaseUrl: string): string[] {
  const file = sqliteFile(databaseUrl);
  if (!file || !existsSync(dirname(file))) return [];
  const folder = dirname(file);
  const ours = [...SUFFIXES.map((suffix) => basename(file) + suffix), SECRET_FILE];
  const holdsOnlyOurs = readdirSync(folder).every((name) => ours.includes(name));
  return tighten([...ours.map((name) => join(folder, name)), ...(holdsOnlyOurs ? [folder] : [])]);
}

/**
 * Throws {@link AdminError} when DATABASE_URL names a SQLite file that does not exist: a command would make an empty store there
 * and say that all is well, beside a service with another one.
 */
export function insistOnStoreFile({ databaseUrl, databaseUrlFrom }: Settings): void {
  const file = sqliteFile(databaseUrl);
  if (file && !existsSync(file))
    throw noStore(`There is no store at ${file} (DATABASE_URL is from ${databaseUrlFrom}).`);
}

/** The same for a database that no migration was ever applied to. Returns what was and was not applied. */
export async function insistOnMigratedStore(database: Database, { databaseUrlFrom }: Settings): Promise<SchemaState> {
  const state = await schemaState(database);
  if (state.applied.length === 0) throw noStore(`The store is empty (DATABASE_URL is from ${databaseUrlFrom}).`);
  return state;
}

function noStore(what: string): AdminError {
  return new AdminError(
    what,
    'Use the settings of the running service (--settings-file, DATABASE_URL, or its working directory); for a new store run `opentrain-plugin setup`, `start` or `migrate`.',
  );
}

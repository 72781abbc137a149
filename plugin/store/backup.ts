/** A backup is a SQLite file that holds the whole store: from either database, while the plugin runs. */
import { existsSync, rmSync } from 'node:fs';
import { AdminError } from '../errors.ts';
import { tighten } from '../private-files.ts';
import { type CopiedTable, type CopyOptions, copyStore, tablesOf } from './copy-store.ts';
import { type Database, isSqlite, openDatabase } from './database.ts';
import { migrate } from './migrate.ts';

/**
 * Writes the store as it is at one moment into a new file that only its owner may read; secrets in it stay encrypted with PLUGIN_SECRET.
 * Throws {@link AdminError} when the file exists or cannot be written.
 */
export async function backUp(database: Database, file: string, options: CopyOptions = {}): Promise<CopiedTable[]> {
  if (existsSync(file)) throw new AdminError(`${file} exists already.`, 'Name a file that does not exist yet.');
  try {
    const copied = isSqlite(database) ? await vacuumInto(database, file) : await copyInto(database, file, options);
    tighten([file]);
    return copied;
  } catch (cause) {
    rmSync(file, { force: true });
    if (cause instanceof AdminError) throw cause;
    throw new AdminError(
      `The backup ${file} could not be written.`,
      'Give a folder with room that this user may write to.',
      {
        cause,
      },
    );
  }
}

async function vacuumInto(database: Database, file: string): Promise<CopiedTable[]> {
  await database.raw('VACUUM INTO ?', [file]);
  const copy = openDatabase(`sqlite:${file}`);
  try {
    return await countRows(copy);
  } finally {
    await closeFile(copy);
  }
}

async function copyInto(database: Database, file: string, options: CopyOptions): Promise<CopiedTable[]> {
  const copy = openDatabase(`sqlite:${file}`);
  try {
    await migrate(copy);
    return await copyStore(database, copy, options);
  } finally {
    await closeFile(copy);
  }
}

/** One file, with no write-ahead log beside it. */
async function closeFile(copy: Database): Promise<void> {
  await copy.raw('PRAGMA journal_mode = DELETE');
  await copy.destroy();
}

async function countRows(database: Database): Promise<CopiedTable[]> {
  const counted: CopiedTable[] = [];
  for (const table of await tablesOf(database)) {
    const row = await database(table).count({ rows: '*' }).first<{ rows: number }>();
    counted.push({ table, rows: Number(row?.rows ?? 0) });
  }
  return counted;
}

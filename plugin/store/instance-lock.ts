/**
 * One `start` on a SQLite store: the lock is an exclusive transaction on a file beside the store, which the operating system
 * gives back however the process ends. PostgreSQL needs none: there, replicas share the work.
 */
import { DatabaseSync } from 'node:sqlite';
import { AdminError } from '../errors.ts';
import { makePrivateFile } from '../private-files.ts';
import { sqliteFile } from '../settings/sqlite-file.ts';

/** Takes the lock and returns what gives it back. Throws {@link AdminError} when another `start` has it. */
export function takeInstanceLock(databaseUrl: string): () => void {
  const file = sqliteFile(databaseUrl);
  if (!file) return () => {};
  makePrivateFile(`${file}.lock`);
  const lock = new DatabaseSync(`${file}.lock`);
  try {
    lock.exec('PRAGMA busy_timeout = 500; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new AdminError(
      `Another \`opentrain-plugin start\` runs on the store ${file}.`,
      'Stop that one first, or give this one a DATABASE_URL of its own; several replicas need PostgreSQL.',
      { cause },
    );
  }
  return () => lock.close();
}

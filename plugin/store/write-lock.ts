/** Whether a transaction on SQLite holds the write lock from its beginning on (`BEGIN IMMEDIATE`), as the journal and migrations need. */
import { DatabaseSync } from 'node:sqlite';
import type { Knex } from 'knex';
import { z } from 'zod';
import { AdminError } from '../errors.ts';

const filesSchema = z.array(z.looseObject({ name: z.string(), file: z.string() }));

/**
 * Call it in a transaction on SQLite that has not written yet. Throws {@link AdminError} when a second connection can write beside
 * it: then this version of knex begins transactions in a way that our dialect does not know.
 */
export async function expectWriteLock(transaction: Knex.Transaction): Promise<void> {
  const databases = filesSchema.parse(await transaction.raw('PRAGMA database_list'));
  const file = databases.find(({ name }) => name === 'main')?.file;
  if (!file || !canWrite(file)) return;
  throw new AdminError(
    'A transaction on the SQLite store does not hold the write lock: two processes could change it at once.',
    'Install the plugin again with the versions of its package-lock.json; the installed knex is another one.',
  );
}

function canWrite(file: string): boolean {
  const other = new DatabaseSync(file, { timeout: 0 });
  try {
    other.exec('BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch {
    return false;
  } finally {
    other.close();
  }
}

/** Brings a store up to date, with regard to a `start` that runs on it. */
import type { Database } from './database.ts';
import { takeInstanceLock } from './instance-lock.ts';
import { migrate, schemaState } from './migrate.ts';

/**
 * Applies what is pending and returns the names, as {@link migrate}. A SQLite store that an older version made is left as it is while
 * a `start` runs on it, which would have to end: throws AdminError. On PostgreSQL the older replicas end by themselves.
 */
export async function upgrade(database: Database, databaseUrl: string): Promise<string[]> {
  const { applied, pending } = await schemaState(database).catch(() => ({ applied: [], pending: [] }));
  if (applied.length === 0 || pending.length === 0) return migrate(database);
  const unlock = takeInstanceLock(databaseUrl);
  try {
    return await migrate(database);
  } finally {
    unlock();
  }
}

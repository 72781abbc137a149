/** Transactions that read, decide and write OpenTrain's state: one at a time over all replicas. */
import type { Knex } from 'knex';
import { z } from 'zod';
import { type Database, isSqlite } from './database.ts';

const OPENTRAIN_STATE_LOCK = 7_261_538_115;
const TRIES = 3;
/** PostgreSQL ended this transaction in favour of another one: deadlock_detected, serialization_failure. */
const postgresRetrySchema = z.object({ code: z.enum(['40P01', '40001']) });

/**
 * Runs the work in a transaction that no other such transaction overlaps (SQLite's are like that by themselves). The work may
 * run again when PostgreSQL breaks a deadlock with some other transaction: all it did before is undone then.
 */
export async function serialized<Value>(
  database: Database,
  work: (transaction: Knex.Transaction) => Promise<Value>,
): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction(async (transaction) => {
        if (!isSqlite(database)) await transaction.raw('SELECT pg_advisory_xact_lock(?)', [OPENTRAIN_STATE_LOCK]);
        return work(transaction);
      });
    } catch (error) {
      if (attempt >= TRIES || !postgresRetrySchema.safeParse(error).success) throw error;
    }
  }
}

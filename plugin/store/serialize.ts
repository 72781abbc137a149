/** Transactions that read, decide and write OpenTrain's state: one at a time over all replicas. */
import type { Knex } from 'knex';
import { type Database, isSqlite } from './database.ts';

const OPENTRAIN_STATE_LOCK = 7_261_538_115;

/** Runs the work in a transaction that no other such transaction overlaps (SQLite's are like that by themselves). */
export async function serialized<Value>(
  database: Database,
  work: (transaction: Knex.Transaction) => Promise<Value>,
): Promise<Value> {
  return database.transaction(async (transaction) => {
    if (!isSqlite(database)) await transaction.raw('SELECT pg_advisory_xact_lock(?)', [OPENTRAIN_STATE_LOCK]);
    return work(transaction);
  });
}

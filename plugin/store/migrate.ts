/** Brings the store's schema up to date; several processes may try at once, one does it. */
import type { Knex } from 'knex';
import { ToolRefused } from '../../adapters/errors.ts';
import { explainPostgresError } from '../../adapters/sql/postgres-errors.ts';
import { migrations, type NamedMigration } from '../../migrations/index.ts';
import { AdminError, messageOf } from '../errors.ts';
import { type Database, isSqlite } from './database.ts';
import { expectWriteLock } from './write-lock.ts';

const TABLE = 'schema_migrations';
/** Any fixed number: PostgreSQL's advisory lock that our migrations take. */
const ADVISORY_LOCK = 7_261_538_114;

export interface SchemaState {
  applied: string[];
  pending: string[];
  /** Applied by a newer version of the plugin than this one. */
  unknown: string[];
}

/** Which migrations the store has, lacks, and has from a newer version. Changes nothing. */
export async function schemaState(
  database: Database,
  known: readonly NamedMigration[] = migrations,
): Promise<SchemaState> {
  const exists = await database.schema.hasTable(TABLE);
  const rows: { name: string }[] = exists ? await database(TABLE).select('name').orderBy('name') : [];
  const applied = rows.map((row) => row.name);
  return {
    applied,
    pending: known.map(({ name }) => name).filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.some((migration) => migration.name === name)),
  };
}

/**
 * Applies what is pending and returns the names; where nothing is, it only reads and waits for nobody. Throws {@link AdminError} when the store is of a newer version, or cannot be
 * reached. Each migration and its record are one transaction under one lock: a killed process leaves nothing half-done.
 */
export async function migrate(database: Database, known: readonly NamedMigration[] = migrations): Promise<string[]> {
  try {
    const before = await schemaState(database, known);
    refuseNewer(before);
    if (before.pending.length === 0) return [];
    return await database.transaction(async (transaction) => {
      // On SQLite the transaction itself is the lock: it is BEGIN IMMEDIATE.
      if (isSqlite(database)) await expectWriteLock(transaction);
      else await transaction.raw('SELECT pg_advisory_xact_lock(?)', [ADVISORY_LOCK]);
      const state = await schemaState(transaction, known);
      refuseNewer(state);
      await applyPending(transaction, state, known);
      return state.pending;
    });
  } catch (error) {
    if (error instanceof AdminError) throw error;
    throw storeUnreachable(error);
  }
}

async function applyPending(
  transaction: Knex.Transaction,
  state: SchemaState,
  known: readonly NamedMigration[],
): Promise<void> {
  if (state.applied.length === 0 && !(await transaction.schema.hasTable(TABLE))) {
    await transaction.schema.createTable(TABLE, (table) => {
      table.text('name').primary();
      table.bigInteger('applied_at').notNullable();
    });
  }
  const pending = known.filter(({ name }) => state.pending.includes(name));
  for (const migration of pending) {
    await migration.up(transaction);
    await transaction(TABLE).insert({ name: migration.name, applied_at: Date.now() });
  }
}

function refuseNewer(state: SchemaState): void {
  if (state.unknown.length === 0) return;
  throw new AdminError(
    `The store was made by a newer version of the plugin: it has ${state.unknown.join(', ')}.`,
    'Install that version (or a later one) again; going back would need the backup made before the upgrade.',
  );
}

/** The error for a store that does not answer. */
export function storeUnreachable(error: unknown): AdminError {
  // Without the role's name: the address is not known here.
  const told = explainPostgresError(error, { setting: 'DATABASE_URL', role: 'the plugin’s role' });
  if (told instanceof ToolRefused) {
    return new AdminError(`The store named by DATABASE_URL cannot be used. ${told.message}`, told.remedy, {
      cause: error,
    });
  }
  return new AdminError(
    `The store named by DATABASE_URL cannot be used: ${messageOf(error)}.`,
    'Check that the database server runs, that host, user and password are right, and (SQLite) that the file is writable.',
    { cause: error },
  );
}

/** Opens the plugin's own store: SQLite (one file) or PostgreSQL, by the same knex queries. */
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import { ToolRefused } from '../../adapters/errors.ts';
import { postgresDriver } from '../../adapters/sql/postgres-driver.ts';
import { isPostgresUrl, type PostgresAddress, readPostgresUrl } from '../../adapters/sql/postgres-url.ts';
import { AdminError, messageOf } from '../errors.ts';
import { accessProblem, makePrivateFile, makePrivateFolder } from '../private-files.ts';
import { sqliteFile } from '../settings/sqlite-file.ts';
import { postgresStoreClient } from './postgres-dialect.ts';
import { NodeSqliteClient } from './sqlite-dialect.ts';

export type Database = Knex;

/** All times in the store are whole milliseconds since 1970 UTC, kept as bigint; no value of ours exceeds 2^53. */
function postgresTypes() {
  const { builtins, getTypeParser } = postgresDriver().types;
  return { getTypeParser: (id: number) => (id === builtins.INT8 ? Number : getTypeParser(id, 'text')) };
}

/** knex would print what it also throws: whoever catches it says it better. */
const silentLog = { warn() {}, error() {}, debug() {}, deprecate() {} };

const POSTGRES_POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 2_000;
/** Our statements take milliseconds: one that takes this long hangs on a server that is gone. */
const STATEMENT_TIMEOUT_MS = 15_000;

export interface DatabaseOptions {
  /** A statement on PostgreSQL that takes longer fails. Default 15 s. */
  statementTimeoutMs?: number;
}

/**
 * Opens the store named by DATABASE_URL (`sqlite:PATH` or `postgres://…`). No statement has run when it returns.
 * Throws {@link AdminError} for any other URL.
 */
export function openDatabase(databaseUrl: string, options: DatabaseOptions = {}): Database {
  const file = sqliteFile(databaseUrl);
  if (file) return openSqlite(file);
  if (!isPostgresUrl(databaseUrl)) {
    throw new AdminError(
      'DATABASE_URL names neither SQLite nor PostgreSQL.',
      'Set it to sqlite:/path/to/file or to postgres://user:password@host:5432/database.',
    );
  }
  return openPostgres(databaseUrl, options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS);
}

function openPostgres(databaseUrl: string, statementTimeoutMs: number): Database {
  return knex({
    client: postgresStoreClient(),
    connection: {
      ...addressOf(databaseUrl),
      types: postgresTypes(),
      application_name: 'opentrain-plugin',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs,
      keepAlive: true,
    },
    pool: { min: 0, max: POSTGRES_POOL_SIZE },
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS,
    log: silentLog,
  });
}

function addressOf(databaseUrl: string): PostgresAddress {
  try {
    return readPostgresUrl(databaseUrl, 'DATABASE_URL');
  } catch (error) {
    if (error instanceof ToolRefused) throw new AdminError(error.message, error.remedy, { cause: error });
    throw error;
  }
}

function openSqlite(file: string): Database {
  try {
    makePrivateFolder(dirname(file));
    // SQLite gives the mode of this file to those that it makes beside it.
    makePrivateFile(file);
  } catch (cause) {
    throw new AdminError(
      `The store ${file} (DATABASE_URL) cannot be made: ${messageOf(cause)}.`,
      'Give a folder that this user may write to.',
      { cause },
    );
  }
  const problem = accessProblem(file);
  if (problem) throw new AdminError(`The store cannot be opened: ${problem.what}.`, problem.remedy);
  return knex({
    client: NodeSqliteClient,
    connection: { filename: file },
    useNullAsDefault: true,
    // One connection: SQLite has one writer, and statements of one process then never wait on each other's locks.
    pool: { min: 1, max: 1 },
    log: silentLog,
  });
}

/** Whether this store is SQLite (one `start` at a time) rather than PostgreSQL (replicas). */
export function isSqlite(database: Database): boolean {
  return database.client instanceof NodeSqliteClient;
}

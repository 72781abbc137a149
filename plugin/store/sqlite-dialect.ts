/** knex on Node's built-in SQLite: knex's better-sqlite3 dialect with `node:sqlite` as the driver, nothing to compile. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import BetterSqlite3Client from 'knex/lib/dialects/better-sqlite3/index.js';
import { z } from 'zod';
import type { PreparingClient } from './prepared-rows.ts';

interface Query {
  sql: string;
  bindings?: unknown[];
  response?: unknown;
  context?: { lastID: number | bigint; changes: number | bigint };
}

/**
 * What keeps a commit once it was answered, and lets commands read while a running `start` writes. SQLite's own waiting for
 * another process's lock is off: it would hold up the whole process, so {@link whileBusy} waits instead.
 */
const PRAGMAS = `
  PRAGMA busy_timeout = 0;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
`;

/** How long another process may hold the write lock before a statement gives up. */
const BUSY_PATIENCE_MS = 5_000;
const LONGEST_BUSY_WAIT_MS = 25;
/** SQLITE_BUSY and its extended codes have this in their lowest byte. */
const SQLITE_BUSY = 5;

/** Statements run without a pause for at most this long. */
const LONGEST_RUN_MS = 5;

const sqliteErrorSchema = z.object({ errcode: z.number().int() });

let turnedAt = performance.now();

/**
 * Lets the event loop turn now and then. This driver answers at once, so a long row of statements would keep the process from
 * everything else: requests would wait until all work is done.
 */
async function letOthersIn(): Promise<void> {
  if (performance.now() - turnedAt < LONGEST_RUN_MS) return;
  await new Promise((resolve) => setImmediate(resolve));
  turnedAt = performance.now();
}

/** Tries again while another process holds the lock, leaving the process free for other things meanwhile. */
async function whileBusy<Value>(work: () => Value): Promise<Value> {
  const deadline = performance.now() + BUSY_PATIENCE_MS;
  for (let wait = 1; ; wait = Math.min(LONGEST_BUSY_WAIT_MS, wait * 2)) {
    try {
      return work();
    } catch (error) {
      const code = sqliteErrorSchema.safeParse(error).data?.errcode ?? 0;
      if (code % 256 !== SQLITE_BUSY || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

const connectionSettingsSchema = z.object({ filename: z.string() });

/** Statements are prepared once for each connection: preparing costs more than running most of ours. */
const preparedStatements = new WeakMap<DatabaseSync, Map<string, StatementSync>>();
const PREPARED_STATEMENTS_KEPT = 200;

function prepare(connection: DatabaseSync, sql: string): StatementSync {
  const prepared = preparedStatements.get(connection) ?? new Map<string, StatementSync>();
  preparedStatements.set(connection, prepared);
  let statement = prepared.get(sql);
  if (!statement) {
    if (prepared.size >= PREPARED_STATEMENTS_KEPT) prepared.clear();
    statement = connection.prepare(sql);
    if (!/^\s*(create|alter|drop|pragma)/i.test(sql)) prepared.set(sql, statement);
  }
  return statement;
}

function bindable(value: unknown): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Date) return value.getTime();
  if (value === null || ['number', 'bigint', 'string'].includes(typeof value) || ArrayBuffer.isView(value)) {
    return value as SQLInputValue;
  }
  throw new TypeError(`a ${typeof value} cannot be stored`);
}

/** The knex client class to pass as `client`. */
export class NodeSqliteClient extends BetterSqlite3Client implements PreparingClient {
  _driver(): typeof DatabaseSync {
    return DatabaseSync;
  }

  override async acquireRawConnection(): Promise<DatabaseSync> {
    const { filename } = connectionSettingsSchema.parse(this.connectionSettings);
    const connection = new DatabaseSync(filename);
    try {
      await whileBusy(() => connection.exec(PRAGMAS));
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  override async destroyRawConnection(connection: DatabaseSync): Promise<void> {
    connection.close();
  }

  async _query(connection: DatabaseSync, query: Query): Promise<Query> {
    // A transaction that starts by reading and then writes would fail with SQLITE_BUSY beside another writer.
    const sql = query.sql === 'BEGIN;' ? 'BEGIN IMMEDIATE;' : query.sql;
    const bindings = (query.bindings ?? []).map(bindable);
    await letOthersIn();
    return whileBusy(() => {
      const statement = prepare(connection, sql);
      if (statement.columns().length > 0) {
        query.response = statement.all(...bindings);
      } else {
        const result = statement.run(...bindings);
        query.response = result;
        query.context = { lastID: result.lastInsertRowid, changes: result.changes };
      }
      return query;
    });
  }

  async preparedRows(sql: string, values: readonly unknown[]): Promise<readonly unknown[]> {
    const named = Object.fromEntries(values.map((value, index) => [`$${index + 1}`, bindable(value)]));
    const connection: DatabaseSync = await this.acquireConnection();
    try {
      await letOthersIn();
      return await whileBusy(() => prepare(connection, sql).all(named));
    } finally {
      await this.releaseConnection(connection);
    }
  }
}

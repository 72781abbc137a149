/**
 * The tool's database on PostgreSQL. Every statement is a transaction of its own with its settings inside it (SET LOCAL) and
 * without prepared names, so that it also works behind PgBouncer in transaction mode.
 */
import PQueue from 'p-queue';
import type pg from 'pg';
import { ToolUnavailable } from '../errors.ts';
import { postgresDriver } from './postgres-driver.ts';
import { explainPostgresError } from './postgres-errors.ts';
import { missingPrivileges } from './postgres-privileges.ts';
import { type PostgresAddress, readPostgresUrl } from './postgres-url.ts';
import type { SqlValue, ToolDatabase } from './tool-database.ts';

/** Giving and removing access have connections of their own: counting, however slow, never keeps them waiting. */
const ACCESS_CONNECTIONS = 2;
const COUNTING_CONNECTIONS = 1;
const CONNECT_TIMEOUT_MS = 10_000;
const CHANGE_TIMEOUT_SECONDS = 10;
/** The server cancels a slow statement by itself; when it does not even do that, it hangs. */
const HUNG_AFTER_MS = 5_000;
const SETTING = 'TOOL_DATABASE_URL';

export interface PostgresTimeouts {
  /** Seconds for a statement that counts. */
  counting: number;
  /** Seconds for any other that reads. */
  reading: number;
}

interface Transaction<Result> {
  pool: pg.Pool;
  /** "BEGIN …", which the time-out is set with. */
  begin: string;
  timeoutSeconds: number;
  /** Set for a change: the statement, so that a missing right can be named. */
  change?: string;
  work: (client: pg.PoolClient) => Promise<Result>;
}

/** Nothing is connected before the first statement. Throws {@link ToolRefused} for a URL that cannot be read. */
export function openPostgres(url: string, timeouts: PostgresTimeouts): ToolDatabase {
  const address = readPostgresUrl(url, SETTING);
  const role = address.user ?? 'opentrain_plugin';
  const access = openPool(address, ACCESS_CONNECTIONS);
  const counting = openPool(address, COUNTING_CONNECTIONS);
  // Waiting for the counting before it is no failure to connect.
  const countingQueue = new PQueue({ concurrency: COUNTING_CONNECTIONS });

  const run = async <Result>(transaction: Transaction<Result>): Promise<Result> => {
    try {
      return await inTransaction(transaction);
    } catch (error) {
      if (error instanceof CallerError) throw error.cause;
      if (error instanceof ToolUnavailable) throw error;
      const { change } = transaction;
      throw explainPostgresError(error, { setting: SETTING, role, ...(change === undefined ? {} : { change }) });
    }
  };
  const query: ToolDatabase['query'] = (sql, parameters) =>
    run({
      ...reading(access, timeouts.reading),
      work: async (client) => (await client.query(sql, parameters.map(bound))).rows,
    });
  return {
    dialect: 'postgres',
    query,
    queryEach: (sql, parameters, take) =>
      countingQueue.add(() =>
        run({
          ...reading(counting, timeouts.counting),
          work: (client) => eachRow(client, sql, parameters, take),
        }),
      ),
    execute: (sql, parameters) =>
      run({
        pool: access,
        begin: `BEGIN; SET LOCAL statement_timeout = ${CHANGE_TIMEOUT_SECONDS * 1000}`,
        timeoutSeconds: CHANGE_TIMEOUT_SECONDS,
        change: sql,
        work: async (client) => (await client.query(sql, parameters.map(bound))).rowCount ?? 0,
      }),
    missingPrivileges: (wanted) => missingPrivileges(query, role, wanted),
    close: async () => {
      await Promise.all([access.end(), counting.end()]);
    },
  };
}

function openPool(address: PostgresAddress, connections: number): pg.Pool {
  const { Pool, types } = postgresDriver();
  const pool = new Pool({
    ...address,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'opentrain-plugin',
    types: {
      getTypeParser: (oid: number) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid)),
    },
  });
  // A connection that the server ends while nobody waits for an answer must not end the process: the next statement opens another.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

function reading(pool: pg.Pool, timeoutSeconds: number): Pick<Transaction<never>, 'pool' | 'begin' | 'timeoutSeconds'> {
  const begin = `BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${timeoutSeconds * 1000}`;
  return { pool, begin, timeoutSeconds };
}

async function inTransaction<Result>({ pool, begin, timeoutSeconds, work }: Transaction<Result>): Promise<Result> {
  const client = await pool.connect();
  const { promise: hung, reject } = Promise.withResolvers<never>();
  const isHung = () => reject(new ToolUnavailable(`The tool’s database did not answer within ${timeoutSeconds} s.`));
  const timer = setTimeout(isHung, timeoutSeconds * 1000 + HUNG_AFTER_MS);
  const steps = async (): Promise<Result> => {
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  };
  try {
    const result = await Promise.race([steps(), hung]);
    client.release();
    return result;
  } catch (error) {
    // Closing the connection rolls back, and never puts a half-broken one back into the pool.
    client.release(true);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What `take` threw: not the database's fault. */
class CallerError extends Error {}

/**
 * Each row as it arrives. The driver keeps no rows of its own where a query has no callback; it gives it one when the pool has a
 * `query_timeout`, and then tells no error either: so the pool has none.
 */
function eachRow(
  client: pg.PoolClient,
  sql: string,
  parameters: readonly SqlValue[],
  take: (row: unknown) => void,
): Promise<void> {
  const { Query } = postgresDriver();
  return new Promise((resolve, reject) => {
    const query = client.query(new Query<Record<string, unknown>>(sql, parameters.map(bound)));
    query.on('row', (row) => {
      try {
        take(row);
      } catch (cause) {
        reject(new CallerError('a row could not be taken', { cause }));
      }
    });
    query.on('end', () => resolve());
    query.on('error', reject);
  });
}

function bound(value: SqlValue): unknown {
  return value instanceof Date ? value.toISOString() : value;
}

/** The tool's database on PostgreSQL. */
import pg from 'pg';
import { z } from 'zod';
import { messageOf, ToolRefused, ToolUnavailable } from '../errors.ts';
import type { Privilege, SqlValue, ToolDatabase } from './tool-database.ts';

/** Few connections: the tool needs its own, and one tally at a time is enough. */
const maxConnections = 3;
const int8 = 20;

/** A small pool on the database at this URL. Reads are read-only transactions with a statement time-out. */
export function openPostgres(url: string, readTimeoutSeconds: number): ToolDatabase {
  const role = decodeURIComponent(new URL(url).username) || 'the plugin’s role';
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    query_timeout: (readTimeoutSeconds + 10) * 1000,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'opentrain-plugin',
    types: { getTypeParser: (oid: number) => (oid === int8 ? Number : pg.types.getTypeParser(oid)) },
  });
  // An idle connection that the server closes is not our failure: the next statement opens another one.
  pool.on('error', () => undefined);

  const beginReading = `BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${readTimeoutSeconds * 1000}`;
  const query = (sql: string, parameters: readonly SqlValue[]): Promise<unknown[]> =>
    inTransaction(pool, role, beginReading, async (client) => (await client.query(sql, parameters.map(bound))).rows);
  return {
    dialect: 'postgres',
    query,
    queryEach: (sql, parameters, take) =>
      inTransaction(pool, role, beginReading, (client) => eachRow(client, sql, parameters, take)),
    execute: (sql, parameters) =>
      inTransaction(
        pool,
        role,
        'BEGIN; SET LOCAL statement_timeout = 10000',
        async (client) => (await client.query(sql, parameters.map(bound))).rowCount ?? 0,
        sql,
      ),
    missingPrivileges: (wanted) => missingPrivileges(query, role, wanted),
    close: () => pool.end(),
  };
}

async function inTransaction<Result>(
  pool: pg.Pool,
  role: string,
  begin: string,
  work: (client: pg.PoolClient) => Promise<Result>,
  statement?: string,
): Promise<Result> {
  let client: pg.PoolClient | undefined;
  try {
    client = await pool.connect();
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // Closing the connection rolls back, and never puts a half-broken one back into the pool.
    client?.release(true);
    throw explain(error, role, statement);
  }
}

/** The driver keeps no rows of its own once somebody listens for each of them. */
function eachRow(
  client: pg.PoolClient,
  sql: string,
  parameters: readonly SqlValue[],
  take: (row: unknown) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = client.query(new pg.Query<Record<string, unknown>>(sql, parameters.map(bound)));
    query.on('row', (row) => {
      try {
        take(row);
      } catch (error) {
        reject(error);
      }
    });
    query.on('end', () => resolve());
    query.on('error', reject);
  });
}

function bound(value: SqlValue): unknown {
  return value instanceof Date ? value.toISOString() : value;
}

const heldSchema = z.array(z.object({ is_there: z.boolean(), is_held: z.boolean() }));

async function missingPrivileges(
  query: ToolDatabase['query'],
  role: string,
  wanted: readonly Privilege[],
): Promise<string[]> {
  const asked = wanted.flatMap(({ privilege, table, columns }, position) =>
    (columns ?? [null]).map((column) => ({ position, privilege, table, column })),
  );
  const rows = await query(
    `SELECT bool_and(to_regclass("table") IS NOT NULL) AS is_there,
            coalesce(bool_and(CASE WHEN "column" IS NULL THEN has_table_privilege(to_regclass("table"), privilege)
                                   ELSE has_column_privilege(to_regclass("table"), "column", privilege) END), false) AS is_held
     FROM json_to_recordset(CAST($1 AS json)) AS w (position integer, "table" text, "column" text, privilege text)
     GROUP BY position ORDER BY position`,
    [JSON.stringify(asked)],
  );
  return heldSchema.parse(rows).flatMap(({ is_there, is_held }, position) => {
    const right = wanted[position];
    if (is_held || !right) return [];
    const { privilege, table, columns } = right;
    if (is_there) return [grantLine(privilege, table, columns ?? [], role)];
    return [
      `There is no table ${table}: TOOL_DATABASE_URL must name the tool’s database (or GRANT USAGE ON SCHEMA public TO ${role};).`,
    ];
  });
}

function grantLine(privilege: string, table: string, columns: readonly string[], role: string): string {
  const columnList = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
  return `GRANT ${privilege}${columnList} ON ${table} TO ${role};`;
}

/** The columns that an UPDATE sets: what a missing right must be granted on. */
function updatedColumns(statement: string): string[] {
  const assignments = /\bSET\s+(.*?)(?:\bWHERE\b|$)/is.exec(statement)?.[1] ?? '';
  return [...assignments.matchAll(/(?:^|,)\s*"?(\w+)"?\s*=/g)].flatMap((match) => match[1] ?? []);
}

function explain(error: unknown, role: string, statement: string | undefined): Error {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const message = messageOf(error);
  const where = 'Check TOOL_DATABASE_URL.';
  switch (code) {
    case '28P01':
    case '28000':
      return new ToolRefused(
        `The tool's database does not let ${role} in: ${message}.`,
        `${where} Is the password right?`,
      );
    case '3D000':
      return new ToolRefused(`The tool's database does not exist: ${message}.`, where);
    case '42P01':
    case '42703':
      return new ToolRefused(
        `This is not the tool's database: ${message}.`,
        `${where} Does it name the tool's own database?`,
      );
    case '42501': {
      const table = /permission denied for (?:table|relation|view) "?([\w.]+)"?/.exec(message)?.[1];
      const grant = table
        ? grantLine(statement ? 'UPDATE' : 'SELECT', table, statement ? updatedColumns(statement) : [], role)
        : `GRANT USAGE ON SCHEMA public TO ${role};`;
      return new ToolRefused(
        `The database role ${role} may not do this: ${message}.`,
        `As the database's owner, run: ${grant}`,
      );
    }
    case '57014':
      return new ToolUnavailable('The tool’s database took too long to answer, and the statement was cancelled.');
    default:
      // A statement that the server finds wrong is our mistake: trying again would not help.
      if (/^(22|23|25|42)/.test(code) && error instanceof Error) return error;
      return new ToolUnavailable(`The tool’s database does not answer: ${message || code}.`, { cause: error });
  }
}

/** The tool's database on SQLite: a thread of its own, so that a long tally or a lock never stops the plugin. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ToolRefused, ToolUnavailable } from '../errors.ts';
import { type SqliteThread, startSqliteThread } from './sqlite-thread.ts';
import type { SqliteAnswer, SqliteRequest } from './sqlite-worker.ts';
import type { Privilege, SqlValue, ToolDatabase } from './tool-database.ts';

export interface SqliteTimeouts {
  /** Seconds for a statement that counts. */
  counting: number;
  /** Seconds for any other statement. */
  reading: number;
}

/** The file at this path. It must exist: nothing is created. Counting has a thread of its own and never keeps access waiting. */
export function openSqlite(path: string, timeouts: SqliteTimeouts): ToolDatabase {
  const access = new SqliteFile(path, timeouts.reading);
  const counting = new SqliteFile(path, timeouts.counting);
  return {
    dialect: 'sqlite',
    query: async (sql, parameters) => (await access.ask('query', sql, parameters)).rows ?? [],
    queryEach: async (sql, parameters, take) => {
      const last = await counting.ask('query', sql, parameters, (rows) => {
        for (const row of rows) take(row);
      });
      for (const row of last.rows ?? []) take(row);
    },
    execute: async (sql, parameters) => (await access.ask('execute', sql, parameters)).changes ?? 0,
    missingPrivileges: (wanted) => missingPrivileges(path, access, wanted),
    close: async () => {
      await Promise.all([access.close(), counting.close()]);
    },
  };
}

/** The file in one thread, which is started with the first statement and again after one that took too long. */
class SqliteFile {
  readonly #path: string;
  readonly #timeoutSeconds: number;
  #thread: SqliteThread | undefined;

  constructor(path: string, timeoutSeconds: number) {
    this.#path = path;
    this.#timeoutSeconds = timeoutSeconds;
  }

  async ask(
    kind: SqliteRequest['kind'],
    sql: string,
    parameters: readonly SqlValue[],
    takePart?: (rows: unknown[]) => void,
  ): Promise<SqliteAnswer> {
    if (!this.#thread || this.#thread.stopped) this.#thread = startSqliteThread(this.#path);
    const request = { kind, sql, parameters: parameters.map(bound) };
    const answer = await this.#thread.ask(request, this.#timeoutSeconds, takePart);
    if (answer.error !== undefined) throw explain(answer.error, answer, this.#path);
    return answer;
  }

  async close(): Promise<void> {
    await this.#thread?.stop();
  }
}

/**
 * An instant as Django stores it in SQLite: naive UTC text, without a fraction when that is zero. Only in this form do
 * comparisons as text agree with comparisons in time.
 */
export function djangoInstant(instant: Date): string {
  const text = instant.toISOString().slice(0, -1).replace('T', ' ');
  return text.endsWith('.000') ? text.slice(0, -4) : text;
}

function bound(value: SqlValue): string | number | null {
  if (value instanceof Date) return djangoInstant(value);
  return typeof value === 'boolean' ? Number(value) : value;
}

const columnSchema = z.array(z.object({ table: z.string(), column: z.string() }));

async function missingPrivileges(path: string, file: SqliteFile, wanted: readonly Privilege[]): Promise<string[]> {
  const statement = `SELECT m.name AS "table", c.name AS "column" FROM sqlite_master m JOIN pragma_table_info(m.name) c
                     WHERE m.type = 'table'`;
  const columns = new Map<string, Set<string>>();
  for (const { table, column } of columnSchema.parse((await file.ask('query', statement, [])).rows)) {
    columns.set(table, (columns.get(table) ?? new Set()).add(column));
  }
  // The rollback journal is made beside the file: without its directory, nothing can be written.
  const mayWrite = (await isAllowed(path, constants.W_OK)) && (await isAllowed(dirname(path), constants.W_OK));
  const missing = new Set<string>();
  for (const { privilege, table, columns: named = [] } of wanted) {
    const there = columns.get(table);
    const absent = named.filter((column) => there && !there.has(column));
    if (!there) {
      missing.add(
        `There is no table ${table} in ${path}: TOOL_DATABASE_URL must name the file that the tool itself uses.`,
      );
    } else if (absent.length > 0) {
      missing.add(`Table ${table} has no column ${absent.join(', ')}: this version of the tool is not supported.`);
    } else if (privilege !== 'SELECT' && !mayWrite) {
      missing.add(`Let the plugin's user write ${path} and its directory.`);
    }
  }
  return [...missing];
}

function isAllowed(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const sqliteCode = { busy: 5, locked: 6, readOnly: 8, cantOpen: 14, notADatabase: 26 };

function explain(message: string, { code: extendedCode = 0, isWalOnReadOnlyMount }: SqliteAnswer, path: string): Error {
  const code = extendedCode & 0xff;
  const remedy = 'Check TOOL_DATABASE_URL: it must name the SQLite file that the tool itself uses.';
  if (isWalOnReadOnlyMount) {
    return new ToolRefused(
      `The tool’s SQLite file ${path} cannot be read: ${message}.`,
      'Mount its folder so that the plugin may write there (SQLite makes a file ending in -shm), or let the tool use PostgreSQL.',
    );
  }
  if (code === sqliteCode.busy || code === sqliteCode.locked) {
    return new ToolUnavailable(`The tool’s SQLite file ${path} is locked by the tool: ${message}.`);
  }
  if (code === sqliteCode.readOnly) {
    const writable = `Let the plugin's user write ${path} and its directory.`;
    return new ToolRefused(`The tool’s SQLite file ${path} cannot be written.`, writable);
  }
  if (code === sqliteCode.cantOpen)
    return new ToolRefused(`There is no SQLite file at ${path} that can be opened.`, remedy);
  if (code === sqliteCode.notADatabase) return new ToolRefused(`${path} is not an SQLite database.`, remedy);
  if (/^no such (table|column)/.test(message)) {
    return new ToolRefused(
      `A table or column of the tool is missing in ${path}: ${message}.`,
      `${remedy} Is this version of the tool supported?`,
    );
  }
  return new ToolUnavailable(`The tool’s SQLite file ${path} could not be used: ${message}.`);
}

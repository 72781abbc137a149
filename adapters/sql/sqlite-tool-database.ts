/** The tool's database on SQLite: a thread of its own, so that a long tally or a lock never stops the plugin. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ToolRefused, ToolUnavailable } from '../errors.ts';
import { type SqliteThread, startSqliteThread } from './sqlite-thread.ts';
import type { SqliteAnswer, SqliteRequest } from './sqlite-worker.ts';
import type { Privilege, SqlValue, ToolDatabase } from './tool-database.ts';

/** The file at this path. It must exist: nothing is created. */
export function openSqlite(path: string, readTimeoutSeconds: number): ToolDatabase {
  let thread: SqliteThread | undefined;
  const ask = async (
    kind: SqliteRequest['kind'],
    sql: string,
    parameters: readonly SqlValue[],
    takePart?: (rows: unknown[]) => void,
  ): Promise<SqliteAnswer> => {
    if (!thread || thread.stopped) thread = startSqliteThread(path);
    const answer = await thread.ask({ kind, sql, parameters: parameters.map(bound) }, readTimeoutSeconds, takePart);
    if (answer.error !== undefined) throw explain(answer.error, answer.code ?? 0, path);
    return answer;
  };
  return {
    dialect: 'sqlite',
    query: async (sql, parameters) => (await ask('query', sql, parameters)).rows ?? [],
    queryEach: async (sql, parameters, take) => {
      const last = await ask('query', sql, parameters, (rows) => {
        for (const row of rows) take(row);
      });
      for (const row of last.rows ?? []) take(row);
    },
    execute: async (sql, parameters) => (await ask('execute', sql, parameters)).changes ?? 0,
    missingPrivileges: async (wanted) => {
      const tables = await ask('query', "SELECT name FROM sqlite_master WHERE type = 'table'", []);
      return missingPrivileges(path, tables.rows ?? [], wanted);
    },
    close: async () => thread?.stop(),
  };
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

async function missingPrivileges(path: string, tables: unknown[], wanted: readonly Privilege[]): Promise<string[]> {
  const names = new Set(
    z
      .array(z.object({ name: z.string() }))
      .parse(tables)
      .map(({ name }) => name),
  );
  // The rollback journal is made beside the file: without its directory, nothing can be written.
  const mayWrite = (await isAllowed(path, constants.W_OK)) && (await isAllowed(dirname(path), constants.W_OK));
  const missing = new Set<string>();
  for (const { privilege, table } of wanted) {
    if (!names.has(table)) {
      missing.add(
        `There is no table ${table} in ${path}: TOOL_DATABASE_URL must name the file that the tool itself uses.`,
      );
    } else if (privilege === 'UPDATE' && !mayWrite) {
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

function explain(message: string, extendedCode: number, path: string): Error {
  const code = extendedCode & 0xff;
  const remedy = 'Check TOOL_DATABASE_URL: it must name the SQLite file that the tool itself uses.';
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
  if (message.startsWith('no such table'))
    return new ToolRefused(`${path} is not the tool’s database: ${message}.`, remedy);
  return new ToolUnavailable(`The tool’s SQLite file ${path} could not be used: ${message}.`);
}

/**
 * The annotation tool's own database, behind the smallest interface that serves both PostgreSQL and SQLite.
 *
 * Statements are written once for both: parameters are `$1`, `$2`, … (each may be used several times). A `Date` is bound the
 * way Django stores it (timestamptz, or naive UTC text), a boolean as the dialect's own.
 */
import { ToolRefused } from '../tool.ts';
import { openPostgres } from './postgres-tool-database.ts';
import { openSqlite } from './sqlite-tool-database.ts';

export type SqlValue = string | number | boolean | null | Date;

/** A right that the plugin needs in the tool's database. */
export interface Privilege {
  privilege: 'SELECT' | 'UPDATE';
  table: string;
  /** Only these columns; all of them when absent. */
  columns?: readonly string[];
}

/** Every method throws {@link ToolUnavailable} (try again later) or {@link ToolRefused} (an admin must act). */
export interface ToolDatabase {
  readonly dialect: 'postgres' | 'sqlite';
  /** The rows of a SELECT, run read-only and with a time limit. Counts come as numbers, not strings. */
  query(sql: string, parameters: readonly SqlValue[]): Promise<unknown[]>;
  /** The same, each row handed over as it arrives: for large answers, of which little is to be kept. */
  queryEach(sql: string, parameters: readonly SqlValue[], take: (row: unknown) => void): Promise<void>;
  /** Runs one UPDATE, INSERT or DELETE: how many rows it changed. */
  execute(sql: string, parameters: readonly SqlValue[]): Promise<number>;
  /** For each of these rights that is not held, what the admin must do (a GRANT line, or a word on the file). */
  missingPrivileges(wanted: readonly Privilege[]): Promise<string[]>;
  close(): Promise<void>;
}

export interface ToolDatabaseOptions {
  /** A read that takes longer is cancelled (PostgreSQL) or given up (SQLite). Default 120. */
  readTimeoutSeconds?: number;
}

const urlRemedy = 'Set TOOL_DATABASE_URL to postgres://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:/PATH/TO/FILE.';

/**
 * The database that TOOL_DATABASE_URL names. Nothing is connected or opened before the first statement.
 * Throws {@link ToolRefused} for a URL that is neither `postgres://…` nor `sqlite:/path`.
 */
export function openToolDatabase(url: string, options: ToolDatabaseOptions = {}): ToolDatabase {
  const readTimeoutSeconds = options.readTimeoutSeconds ?? 120;
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') throw new ToolRefused('TOOL_DATABASE_URL names no file.', urlRemedy);
    return openSqlite(path, readTimeoutSeconds);
  }
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return openPostgres(url, readTimeoutSeconds);
  throw new ToolRefused('TOOL_DATABASE_URL is not an address of a PostgreSQL or SQLite database.', urlRemedy);
}

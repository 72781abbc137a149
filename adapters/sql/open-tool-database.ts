/** Opens the database that TOOL_DATABASE_URL names. */
import { ToolRefused } from '../errors.ts';
import { openPostgres } from './postgres-tool-database.ts';
import { isPostgresUrl } from './postgres-url.ts';
import { openSqlite } from './sqlite-tool-database.ts';
import type { ToolDatabase } from './tool-database.ts';

export interface ToolDatabaseOptions {
  /** Counting (`queryEach`) that takes longer is cancelled (PostgreSQL) or given up (SQLite). Default 120. */
  countingTimeoutSeconds?: number;
  /** The same for every other read. Default 30. */
  readTimeoutSeconds?: number;
}

const urlRemedy = 'Set TOOL_DATABASE_URL to postgres://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:/PATH/TO/FILE.';

/**
 * The database that TOOL_DATABASE_URL names. Nothing is connected or opened before the first statement.
 * Throws {@link ToolRefused} for a URL that is neither `postgres://…` nor `sqlite:/path`: other databases are not supported.
 */
export function openToolDatabase(url: string, options: ToolDatabaseOptions = {}): ToolDatabase {
  const timeouts = { counting: options.countingTimeoutSeconds ?? 120, reading: options.readTimeoutSeconds ?? 30 };
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') throw new ToolRefused('TOOL_DATABASE_URL names no file.', urlRemedy);
    return openSqlite(path, timeouts);
  }
  if (isPostgresUrl(url)) return openPostgres(url, timeouts);
  if (/^(mysql|mariadb|mssql|sqlserver|oracle)\b/i.test(url)) {
    throw new ToolRefused(
      'TOOL_DATABASE_URL names a kind of database that is not supported: only PostgreSQL and SQLite are.',
      'Leave TOOL_DATABASE_URL out: trainers are still invited and removed through the API, removal stays partial, and no usage is counted.',
    );
  }
  throw new ToolRefused('TOOL_DATABASE_URL is not an address of a PostgreSQL or SQLite database.', urlRemedy);
}

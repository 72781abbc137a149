/** Opens the database that TOOL_DATABASE_URL names. */
import { ToolRefused } from '../errors.ts';
import { openPostgres } from './postgres-tool-database.ts';
import { openSqlite } from './sqlite-tool-database.ts';
import type { ToolDatabase } from './tool-database.ts';

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

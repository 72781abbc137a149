/** Reads and writes `sqlite:` URLs. */
import { isAbsolute, resolve } from 'node:path';

/** The file behind a `sqlite:` URL (a relative one is taken from the working directory), or null for another kind of URL. */
export function sqliteFile(databaseUrl: string): string | null {
  const match = /^sqlite:(?:\/\/)?(.+)$/.exec(databaseUrl);
  return match?.[1] ? resolve(match[1]) : null;
}

/** The URL with a relative path taken from this folder; any other URL as it is. */
export function absoluteSqliteUrl(databaseUrl: string, folder: string): string {
  const [, path] = /^sqlite:(?:\/\/)?(.+)$/.exec(databaseUrl) ?? [];
  if (path === undefined || isAbsolute(path)) return databaseUrl;
  return `sqlite:${resolve(folder, path)}`;
}

/** Reads `sqlite:` URLs. */
import { resolve } from 'node:path';

/** The file behind a `sqlite:` URL, or null for another kind of URL. */
export function sqliteFile(databaseUrl: string): string | null {
  const match = /^sqlite:(?:\/\/)?(.+)$/.exec(databaseUrl);
  return match?.[1] ? resolve(match[1]) : null;
}

/** Instants as numbers that both dialects give alike. */
import type { ToolDatabase } from './tool-database.ts';

/** An SQL expression: the seconds since 1970 UTC of this one, an instant in either dialect. NULL of NULL. */
export function epochSeconds(dialect: ToolDatabase['dialect'], instant: string): string {
  return dialect === 'postgres'
    ? `CAST(extract(epoch FROM ${instant}) AS double precision)`
    : `(julianday(${instant}) - 2440587.5) * 86400`;
}

/** The driver of PostgreSQL, loaded when a connection is first wanted: with SQLite alone it is some thirty files that nobody needs. */
import { createRequire } from 'node:module';
import type pg from 'pg';

const require = createRequire(import.meta.url);

/** The package `pg`. */
export function postgresDriver(): typeof pg {
  return require('pg');
}

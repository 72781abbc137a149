declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  import type { Knex } from 'knex';

  /** knex's own SQLite dialect; it ships no types for its dialects. */
  const BetterSqlite3Client: typeof Knex.Client;
  export default BetterSqlite3Client;
}

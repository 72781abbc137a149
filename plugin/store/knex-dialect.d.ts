declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  import type { Knex } from 'knex';

  /** knex's own SQLite dialect; it ships no types for its dialects. */
  const BetterSqlite3Client: typeof Knex.Client;
  export default BetterSqlite3Client;
}

declare module 'knex/lib/dialects/postgres/index.js' {
  import type { Knex } from 'knex';

  /** A `pg.Client`, as far as ours uses it. */
  export interface RawConnection {
    connection: { stream: { destroy(): void } };
    query(statement: RawStatement): Promise<{ rows: unknown[] }>;
  }

  /** With a name it is parsed and planned once for each connection. */
  export interface RawStatement {
    text: string;
    values: readonly unknown[];
    name?: string;
  }

  /** What knex is about to run. */
  export type RawQuery = object;

  /** knex's own PostgreSQL dialect, as far as ours changes it. */
  export default class PostgresClient extends Knex.Client {
    connectionSettings: { statement_timeout?: number };
    _acquireOnlyConnection(): Promise<unknown>;
    _query(connection: RawConnection, query: RawQuery): Promise<unknown>;
  }
}

/** knex's PostgreSQL dialect, with what a hung server and a connection pooler need. */
import { createRequire } from 'node:module';
import type { Knex } from 'knex';
import type postgresDialect from 'knex/lib/dialects/postgres/index.js';
import type { RawConnection } from 'knex/lib/dialects/postgres/index.js';
import { z } from 'zod';

const require = createRequire(import.meta.url);

/** What the driver says when `query_timeout` is over. */
const timedOutSchema = z.object({ message: z.literal('Query read timeout') });
/** PgBouncer's refusal of a parameter that it does not know (08P01, protocol_violation). */
const refusedParameterSchema = z.object({
  code: z.literal('08P01'),
  message: z.string().regex(/unsupported startup parameter.*statement_timeout/),
});

/** The knex client class to pass as `client`. knex's own dialect is loaded here: on SQLite it is never needed. */
export function postgresStoreClient(): typeof Knex.Client {
  const PostgresClient: typeof postgresDialect = require('knex/lib/dialects/postgres/index.js');
  return class PostgresStoreClient extends PostgresClient {
    /** Behind PgBouncer there is no statement time-out on the server; the driver's own remains. */
    override async _acquireOnlyConnection(): Promise<unknown> {
      try {
        return await super._acquireOnlyConnection();
      } catch (error) {
        if (!refusedParameterSchema.safeParse(error).success) throw error;
        delete this.connectionSettings.statement_timeout;
        return super._acquireOnlyConnection();
      }
    }

    /** A server that did not answer in time hangs: its connection is closed, so that nothing else waits on it. */
    override async _query(connection: RawConnection, query: unknown): Promise<unknown> {
      try {
        return await super._query(connection, query);
      } catch (error) {
        if (timedOutSchema.safeParse(error).success) connection.connection.stream.destroy();
        throw error;
      }
    }
  };
}

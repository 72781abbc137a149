/** knex's PostgreSQL dialect, with what a hung server and a connection pooler need. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Knex } from 'knex';
import type postgresDialect from 'knex/lib/dialects/postgres/index.js';
import type { RawConnection, RawQuery } from 'knex/lib/dialects/postgres/index.js';
import { z } from 'zod';

const require = createRequire(import.meta.url);

/** What the driver says when `query_timeout` is over. */
const timedOutSchema = z.object({ message: z.literal('Query read timeout') });
/** PgBouncer's refusal of a parameter that it does not know (08P01, protocol_violation). */
const refusedParameterSchema = z.object({
  code: z.literal('08P01'),
  message: z.string().regex(/unsupported startup parameter.*statement_timeout/),
});

/**
 * A statement that was prepared is not there any more, or not the same: a connection pooler gave another connection of the server
 * (26000, 42P05), or a table was changed (0A000).
 */
const lostStatementSchema = z.object({ code: z.enum(['26000', '42P05', '0A000']) });

/** The knex client class to pass as `client`. knex's own dialect is loaded here: on SQLite it is never needed. */
export function postgresStoreClient(): typeof Knex.Client {
  const PostgresClient: typeof postgresDialect = require('knex/lib/dialects/postgres/index.js');
  // Not of the instance: knex makes another one for each transaction.
  let mayPrepare = true;
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

    /**
     * A server that did not answer in time hangs: its connection is closed, so that nothing else waits on it. A query with the option
     * `isPrepared` is parsed and planned once for each connection; it must not be one of a transaction.
     */
    override async _query(connection: RawConnection, query: RawQuery): Promise<unknown> {
      const isPrepared = mayPrepare && query.options?.isPrepared === true;
      try {
        if (!isPrepared) return await super._query(connection, query);
        const named = { ...query, options: { ...query.options, name: nameOf(query.sql) } };
        return await super._query(connection, named);
      } catch (error) {
        if (timedOutSchema.safeParse(error).success) connection.connection.stream.destroy();
        if (!isPrepared || !lostStatementSchema.safeParse(error).success) throw error;
        mayPrepare = false;
        return super._query(connection, query);
      }
    }
  };
}

const names = new Map<string, string>();

/** The same name is the same statement, for whoever shares a connection of the server with us too. */
function nameOf(sql: string): string {
  const name = names.get(sql) ?? `opentrain_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`;
  names.set(sql, name);
  return name;
}

/** knex's PostgreSQL dialect, with what a hung server and a connection pooler need. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Knex } from 'knex';
import type postgresDialect from 'knex/lib/dialects/postgres/index.js';
import type { RawConnection, RawQuery, RawStatement } from 'knex/lib/dialects/postgres/index.js';
import { z } from 'zod';
import type { PreparingClient } from './prepared-rows.ts';

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
  return class PostgresStoreClient extends PostgresClient implements PreparingClient {
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

    override async _query(connection: RawConnection, query: RawQuery): Promise<unknown> {
      return closedWhenHung(connection, () => super._query(connection, query));
    }

    async preparedRows(sql: string, values: readonly unknown[]): Promise<readonly unknown[]> {
      const connection: RawConnection = await this.acquireConnection();
      try {
        return await closedWhenHung(connection, () => this.#preparedRows(connection, { text: sql, values }));
      } finally {
        await this.releaseConnection(connection);
      }
    }

    async #preparedRows(connection: RawConnection, query: RawStatement): Promise<readonly unknown[]> {
      try {
        if (mayPrepare) return (await connection.query({ ...query, name: nameOf(query.text) })).rows;
      } catch (error) {
        if (!lostStatementSchema.safeParse(error).success) throw error;
        mayPrepare = false;
      }
      return (await connection.query(query)).rows;
    }
  };
}

/** A server that did not answer in time hangs: its connection is closed, so that nothing else waits on it. */
async function closedWhenHung<Answer>(connection: RawConnection, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (timedOutSchema.safeParse(error).success) connection.connection.stream.destroy();
    throw error;
  }
}

const names = new Map<string, string>();

/** The same name is the same statement, for whoever shares a connection of the server with us too. */
function nameOf(sql: string): string {
  const name = names.get(sql) ?? `opentrain_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`;
  names.set(sql, name);
  return name;
}

/** A database of one's own on a PostgreSQL server, copied from a template that is filled once. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface FreshDatabase {
  url: string;
  drop(): Promise<void>;
}

/**
 * A new database on this server, a copy of the named template. When the template does not exist, `fill` is called with the
 * URL of an empty database that becomes it. Several processes may do this at once: the server holds the lock. The name of
 * the new database starts with the template's.
 */
export async function copyOfTemplate(
  serverUrl: string,
  template: string,
  fill: (databaseUrl: string) => Promise<void>,
): Promise<FreshDatabase> {
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  await asAdministrator(serverUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    if (!(await exists(client, template))) await makeTemplate(client, serverUrl, template, fill);
    await client.query(
      `CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE ${client.escapeIdentifier(template)}`,
    );
  });
  return { url: urlOf(serverUrl, name), drop: () => dropDatabase(serverUrl, name) };
}

async function makeTemplate(
  client: pg.Client,
  serverUrl: string,
  template: string,
  fill: (databaseUrl: string) => Promise<void>,
): Promise<void> {
  const unfinished = `${template}_unfinished`;
  await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(unfinished)} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${client.escapeIdentifier(unfinished)}`);
  await fill(urlOf(serverUrl, unfinished));
  // A database can be renamed only when nobody is connected to it any more; the name says that it is whole.
  await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [unfinished]);
  await client.query(
    `ALTER DATABASE ${client.escapeIdentifier(unfinished)} RENAME TO ${client.escapeIdentifier(template)}`,
  );
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await asAdministrator(serverUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
  });
}

async function exists(client: pg.Client, name: string): Promise<boolean> {
  return (await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).rows.length > 0;
}

async function asAdministrator(serverUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

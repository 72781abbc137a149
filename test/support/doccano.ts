/**
 * One real doccano per database for a whole test run, started when the first test asks for it and ended after the last. On
 * PostgreSQL the plugin's role is made by exactly the statements that the adapter tells an admin to run.
 */
import { resolve } from 'node:path';
import { databaseRoleSql } from '../../adapters/doccano/database.ts';
import type { LocalTool } from '../../adapters/local-tool.ts';
import { type LocalDoccanoOptions, startLocalDoccano } from '../../plugin/dev/local-tools/doccano/server.ts';
import { postgresServer } from './store.ts';
import { createToolRole } from './tool-role.ts';

/** Where tools are installed and their template databases are kept. */
export const cacheDirectory = resolve(import.meta.dirname, '../../.cache');

export const doccanoDatabases = ['sqlite', 'postgres'] as const;
export type DoccanoDatabase = (typeof doccanoDatabases)[number];

export interface TestDoccano extends LocalTool {
  /** TOOL_DATABASE_URL with all the rights that the plugin wants, and no others. */
  pluginDatabaseUrl: string;
}

const running = new Map<DoccanoDatabase, Promise<TestDoccano>>();

after('end the shared doccano servers', async function () {
  this.timeout(60_000);
  const servers = [...running.values()];
  running.clear();
  for (const server of servers) await (await server).stop();
});

/** The shared server on this kind of database. Do not stop it. */
export function doccano(kind: DoccanoDatabase): Promise<TestDoccano> {
  const known = running.get(kind);
  if (known) return known;
  const started = startTestDoccano(kind);
  running.set(kind, started);
  return started;
}

/** A server of a test's own, of the usual version or another: the test stops it. */
export async function startTestDoccano(
  kind: DoccanoDatabase,
  options: Pick<LocalDoccanoOptions, 'version'> = {},
): Promise<TestDoccano> {
  const tool = await startLocalDoccano({
    ...options,
    cacheDirectory,
    database: kind === 'sqlite' ? 'sqlite' : { serverUrl: postgresServer },
    progress: () => undefined,
  });
  if (kind === 'sqlite') return { ...tool, pluginDatabaseUrl: tool.databaseUrl };
  const role = await createToolRole(tool.databaseUrl, databaseRoleSql);
  return {
    ...tool,
    pluginDatabaseUrl: role.url,
    stop: async () => {
      await role.drop();
      await tool.stop();
    },
  };
}

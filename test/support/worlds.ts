/** Whole worlds for end-to-end tests: a real tool on either database, with the least rights that the plugin needs. */
import { resolve } from 'node:path';
import { databaseRoleSql } from '../../adapters/doccano/database.ts';
import { grantStatements as labelStudioGrants } from '../../adapters/label-studio/database-rights.ts';
import type { LocalTool } from '../../adapters/local-tool.ts';
import { createWorld, type World, type WorldOptions } from '../../plugin/dev/demo/world.ts';
import type { TestLabelStudio } from './label-studio.ts';
import { emptyDatabase, postgresServer, type StoreKind } from './store.ts';
import { createToolRole } from './tool-role.ts';

export const toolNames = ['label-studio', 'doccano'] as const;
export type ToolName = (typeof toolNames)[number];

const grants: Record<ToolName, (role: string) => string[]> = {
  'label-studio': (role) => labelStudioGrants(role),
  doccano: databaseRoleSql,
};

export interface TestWorldOptions {
  tool: ToolName;
  /** Where both the tool and the plugin keep their data. */
  database: StoreKind;
  /** Where the plugin keeps its own, when that is another kind. */
  store?: StoreKind;
  /** false: the plugin gets no access to the tool's database. */
  databaseRole?: boolean;
  settings?: WorldOptions['settings'];
  /** A Label Studio that runs already, of the same kind of database: it stays when the world is closed. */
  running?: TestLabelStudio;
}

/** A world of its own, without the plugin running. On PostgreSQL the plugin's role is the one that the docs tell to make. */
export async function testWorld(options: TestWorldOptions): Promise<World> {
  const store = await emptyDatabase(options.store ?? options.database);
  const roles: { drop(): Promise<void> }[] = [];
  const toolDatabaseUrl = async (tool: LocalTool): Promise<string | null> => {
    if (options.databaseRole === false) return null;
    if (options.running) return options.running.pluginDatabaseUrl;
    if (options.database === 'sqlite') return tool.databaseUrl;
    const role = await createToolRole(tool.databaseUrl, grants[options.tool]);
    roles.push(role);
    return role.url;
  };
  const world = await createWorld({
    adapter: options.tool,
    cacheDirectory: resolve(import.meta.dirname, '../../.cache'),
    ...(options.running ? { tool: options.running } : {}),
    toolDatabase: options.database === 'sqlite' ? 'sqlite' : { serverUrl: postgresServer },
    storeUrl: store.url,
    toolDatabaseUrl,
    settings: options.settings ?? {},
    progress: () => undefined,
  });
  return {
    ...world,
    async close() {
      for (const role of roles) await role.drop();
      await world.close();
      await store.remove();
    },
  };
}

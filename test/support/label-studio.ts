/**
 * One real Label Studio per database for a whole test run, started when the first test asks for it and ended after the last.
 * On PostgreSQL the plugin's role is made by exactly the statements that the adapter tells an admin to run.
 */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { LabelStudioAdapter } from '../../adapters/label-studio/adapter.ts';
import { grantStatements } from '../../adapters/label-studio/database-rights.ts';
import type { LocalTool } from '../../adapters/local-tool.ts';
import { openToolDatabase } from '../../adapters/sql/open-tool-database.ts';
import type { ToolDatabase } from '../../adapters/sql/tool-database.ts';
import { type AdapterOptions, type TallyQuery, WHOLE_TOOL } from '../../adapters/tool.ts';
import {
  type LocalLabelStudioOptions,
  startLocalLabelStudio,
} from '../../plugin/dev/local-tools/label-studio/server.ts';
import { LabelStudioSession } from './label-studio-session.ts';
import { postgresServer } from './store.ts';

export const labelStudioDatabases = ['sqlite', 'postgres'] as const;
export type LabelStudioDatabase = (typeof labelStudioDatabases)[number];

export interface TestLabelStudio extends LocalTool {
  /** TOOL_DATABASE_URL with all the rights that the plugin wants, and no others. */
  pluginDatabaseUrl: string;
  /** TOOL_DATABASE_URL of a role that may only read; absent on SQLite, which has no roles. */
  readOnlyDatabaseUrl: string | undefined;
}

const running = new Map<LabelStudioDatabase, Promise<TestLabelStudio>>();

after('end the shared Label Studio servers', async function () {
  this.timeout(60_000);
  const servers = [...running.values()];
  running.clear();
  for (const server of servers) await (await server).stop();
});

/** The shared server on this kind of database. */
export function labelStudio(kind: LabelStudioDatabase): Promise<TestLabelStudio> {
  const known = running.get(kind);
  if (known) return known;
  const started = startTestLabelStudio(kind, {});
  running.set(kind, started);
  return started;
}

export interface LabelStudioScene {
  tool: TestLabelStudio;
  /** With everything that the plugin wants. */
  adapter: LabelStudioAdapter;
  owner: LabelStudioSession;
}

/** To be called within a `describe`: the shared server and an adapter on it, told to `open` before the first test. */
export function useLabelStudio(kind: LabelStudioDatabase, open: (scene: LabelStudioScene) => unknown): void {
  let adapter: LabelStudioAdapter;
  before(async () => {
    const tool = await labelStudio(kind);
    adapter = adapterFor(tool);
    await open({ tool, adapter, owner: LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken) });
  });
  after(() => adapter.close());
}

/** A member of everything who signs in with this password. */
export async function joined(
  { tool, adapter }: Pick<LabelStudioScene, 'tool' | 'adapter'>,
  name: string,
  password: string,
): Promise<{ toolUserId: string; email: string; session: LabelStudioSession }> {
  const email = freshWorkEmail(name);
  const { toolUserId } = await adapter.createMember({ email, displayName: name, password, places: [WHOLE_TOOL] });
  return { toolUserId, email, session: await LabelStudioSession.mustSignIn(tool.baseUrl, email, password) };
}

/** A new project of the owner, with the ids of its tasks in order. */
export async function projectWithTasks(owner: LabelStudioSession, name: string, tasks: number) {
  const texts = Array.from({ length: tasks }, (_, index) => `text ${index}`);
  const made = await owner.createProject(`${name} ${randomBytes(3).toString('hex')}`, texts);
  return { ...made, task: (index: number) => made.taskIds[index] ?? 0 };
}

/** A server of one's own with other options; the caller stops it. */
export async function startTestLabelStudio(
  kind: LabelStudioDatabase,
  options: Pick<LocalLabelStudioOptions, 'disableSignupWithoutLink' | 'version' | 'publicUrl'>,
): Promise<TestLabelStudio> {
  const tool = await startLocalLabelStudio({
    cacheDirectory: resolve(import.meta.dirname, '../../.cache'),
    database: kind === 'sqlite' ? 'sqlite' : { serverUrl: postgresServer },
    progress: () => undefined,
    ...options,
  });
  if (kind === 'sqlite') return { ...tool, pluginDatabaseUrl: tool.databaseUrl, readOnlyDatabaseUrl: undefined };
  const whole = await makeRole(tool.databaseUrl, { readOnly: false });
  const reader = await makeRole(tool.databaseUrl, { readOnly: true });
  return {
    ...tool,
    pluginDatabaseUrl: whole.url,
    readOnlyDatabaseUrl: reader.url,
    stop: async () => {
      await tool.stop();
      await onPostgres(postgresServer, [`DROP ROLE ${whole.name}`, `DROP ROLE ${reader.name}`]);
    },
  };
}

/** The adapter on this server; `databaseUrl` null is an admin who gave no database. */
export function adapterFor(tool: TestLabelStudio, options: AdapterChoice = {}): LabelStudioAdapter {
  const databaseUrl = options.databaseUrl === undefined ? tool.pluginDatabaseUrl : (options.databaseUrl ?? undefined);
  const given: AdapterOptions = {
    baseUrl: options.baseUrl ?? tool.baseUrl,
    publicUrl: 'https://label.example.com',
    apiToken: options.apiToken ?? tool.apiToken,
    databaseUrl,
    log: pino({ level: 'silent' }),
  };
  return new LabelStudioAdapter(given);
}

export interface AdapterChoice {
  databaseUrl?: string | null;
  apiToken?: string;
  baseUrl?: string;
}

/** The tool's database with all rights, for looking at what really happened and for setting a scene. */
export async function withToolDatabase<Result>(
  tool: LocalTool,
  work: (database: ToolDatabase) => Promise<Result>,
): Promise<Result> {
  const database = openToolDatabase(tool.databaseUrl);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** A Work Email that no other test uses. */
export function freshWorkEmail(name = 'trainer'): string {
  return `${name}.${randomBytes(5).toString('hex')}@opentrain.work`;
}

/** All that was ever done in these projects, by UTC days. */
export function everything(projectIds: readonly string[]): TallyQuery {
  const from = new Date('2000-01-01T00:00:00Z');
  return {
    projectIds,
    from,
    until: new Date('2100-01-01T00:00:00Z'),
    offsets: [{ from, offsetSeconds: 0 }],
    maxSecondsPerAnnotation: 3600,
  };
}

async function makeRole(databaseUrl: string, options: { readOnly: boolean }): Promise<{ name: string; url: string }> {
  const name = `opentrain_plugin_${randomBytes(4).toString('hex')}`;
  await onPostgres(databaseUrl, [
    `CREATE ROLE ${name} LOGIN PASSWORD 'a test only'`,
    ...grantStatements(name, { readOnly: options.readOnly }),
  ]);
  const url = new URL(databaseUrl);
  url.username = name;
  url.password = 'a test only';
  return { name, url: url.href };
}

async function onPostgres(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

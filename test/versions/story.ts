/**
 * One trainer's story in one version of a tool, through our adapter and the tool's own pages. Each step is measured for itself: a
 * failed step does not hide the ones after it that can still be tried.
 */
import { resolve } from 'node:path';
import { pino } from 'pino';
import { databaseRoleSql } from '../../adapters/doccano/database.ts';
import doccano from '../../adapters/doccano/index.ts';
import { grantStatements } from '../../adapters/label-studio/database-rights.ts';
import labelStudio from '../../adapters/label-studio/index.ts';
import { offersPersonalTokens } from '../../adapters/label-studio/versions.ts';
import type { LocalPeople, LocalTool, LocalToolOptions, LocalTrainer } from '../../adapters/local-tool.ts';
import { type AdapterModule, type Project, type ToolAdapter, WHOLE_TOOL } from '../../adapters/tool.ts';
import { doccanoPeople } from '../../plugin/dev/local-tools/doccano/people.ts';
import { startLocalDoccano } from '../../plugin/dev/local-tools/doccano/server.ts';
import { labelStudioPeople } from '../../plugin/dev/local-tools/label-studio/people.ts';
import { startLocalLabelStudio } from '../../plugin/dev/local-tools/label-studio/server.ts';
import { messageOf } from '../../plugin/errors.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { postgresServer } from '../support/store.ts';
import { createToolRole } from '../support/tool-role.ts';

export const databases = ['SQLite', 'PostgreSQL'] as const;
export type DatabaseName = (typeof databases)[number];

export const steps = ['invite', 'accept', 'work', 'count', 'end', 'rehire'] as const;
/** Per step `null` when it went well, else what went wrong. */
export type Outcome = Readonly<Record<(typeof steps)[number], string | null>>;

/** What TOOL_API_TOKEN is. */
export type TokenKind = 'legacy' | 'personal' | 'its own';

interface Kit {
  adapter: AdapterModule;
  start(options: LocalToolOptions & { version: string }): Promise<LocalTool>;
  people(tool: LocalTool): LocalPeople;
  grants(role: string, version: string): string[];
  tokenKinds(version: string): readonly TokenKind[];
  token(tool: LocalTool, kind: TokenKind): Promise<string>;
}

async function labelStudioToken({ baseUrl, apiToken }: LocalTool, kind: TokenKind): Promise<string> {
  if (kind === 'legacy') return apiToken;
  return LabelStudioSession.withLegacyToken(baseUrl, apiToken).personalToken();
}

export const kits: Readonly<Record<'Label Studio' | 'doccano', Kit>> = {
  'Label Studio': {
    adapter: labelStudio,
    start: startLocalLabelStudio,
    people: labelStudioPeople,
    grants: (role, version) => grantStatements(role, { version }),
    tokenKinds: (version) => (offersPersonalTokens(version) ? ['legacy', 'personal'] : ['legacy']),
    token: labelStudioToken,
  },
  doccano: {
    adapter: doccano,
    start: startLocalDoccano,
    people: doccanoPeople,
    grants: databaseRoleSql,
    tokenKinds: () => ['its own'],
    token: async ({ apiToken }) => apiToken,
  },
};
export type Product = keyof typeof kits;

const cacheDirectory = resolve(import.meta.dirname, '../../.cache');
const trainer = { email: 'ada@opentrain.work', displayName: 'Ada L', password: 'correct horse 1' };
const oneDay = 86_400_000;

/** In what a story is told. */
export interface Setting {
  product: Product;
  version: string;
  database: DatabaseName;
  token: TokenKind;
}

/** Installs the version when it is missing, starts it and runs the story. Throws AdminError when it cannot be started. */
export async function runStory(
  { product, version, database, token }: Setting,
  progress: (line: string) => void,
): Promise<Outcome> {
  const kit = kits[product];
  const where = database === 'SQLite' ? 'sqlite' : { serverUrl: postgresServer };
  const tool = await kit.start({ cacheDirectory, database: where, version, progress });
  try {
    // On PostgreSQL with just the rights that the documentation asks for.
    const role =
      database === 'SQLite' ? undefined : await createToolRole(tool.databaseUrl, (name) => kit.grants(name, version));
    try {
      const apiToken = await kit.token(tool, token);
      return await tell(kit, { ...tool, apiToken, databaseUrl: role?.url ?? tool.databaseUrl }, tool, version);
    } finally {
      await role?.drop();
    }
  } finally {
    await tool.stop();
  }
}

/** The first tool is as the adapter is given it, the second as its own people know it. */
async function tell(
  kit: Kit,
  { baseUrl, apiToken, databaseUrl }: LocalTool,
  tool: LocalTool,
  version: string,
): Promise<Outcome> {
  const log = pino({ level: 'silent' });
  const adapter = await kit.adapter.createAdapter({ baseUrl, publicUrl: baseUrl, apiToken, databaseUrl, log });
  const story = new Story(adapter, kit.people(tool), version);
  try {
    return {
      invite: await seen(() => story.invite()),
      accept: await seen(() => story.accept()),
      work: await seen(() => story.work()),
      count: await seen(() => story.count()),
      end: await seen(() => story.end()),
      rehire: await seen(() => story.rehire()),
    };
  } finally {
    await adapter.close();
  }
}

async function seen(step: () => Promise<void>): Promise<string | null> {
  try {
    await step();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function insist(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function known<Value>(value: Value | null | undefined, otherwise: string): Value {
  if (value === null || value === undefined) throw new Error(otherwise);
  return value;
}

class Story {
  private readonly adapter: ToolAdapter;
  private readonly people: LocalPeople;
  private readonly version: string;
  private project: Project | undefined;
  private places: readonly string[] = [];
  private toolUserId: string | undefined;
  private session: LocalTrainer | null = null;

  constructor(adapter: ToolAdapter, people: LocalPeople, version: string) {
    this.adapter = adapter;
    this.people = people;
    this.version = version;
  }

  /** What an invitation needs: the version read, a project that can be linked, and no account with this address yet. */
  async invite(): Promise<void> {
    const { version, capabilities } = await this.adapter.describe();
    // Some doccano do not tell their version.
    insist(version.startsWith(this.version) || !/^\d/.test(version), `the tool calls itself ${version}`);
    this.project = await this.people.createProject('Versions', 3);
    this.places = capabilities.accessLevel === 'tool' ? [WHOLE_TOOL] : [this.project.id];
    const listed = await this.adapter.listProjects();
    insist(
      listed.some(({ id }) => id === this.project?.id),
      'the new project is not listed',
    );
    const accounts = await this.adapter.findAccounts([{ toolUserId: null, email: trainer.email }]);
    insist(accounts.length === 0, 'an account is found that was never made');
  }

  async accept(): Promise<void> {
    this.toolUserId = (await this.adapter.createMember({ ...trainer, places: this.places })).toolUserId;
    this.session = await this.people.signIn(trainer);
    insist(this.session !== null, 'the new member cannot sign in');
  }

  async work(): Promise<void> {
    await known(this.session, 'not signed in').annotate(this.linked().id, { seconds: 5 });
  }

  async count(): Promise<void> {
    const [from, until] = [new Date(Date.now() - oneDay), new Date(Date.now() + oneDay)];
    const offsets = [{ from, offsetSeconds: 0 }];
    const projectIds = [this.linked().id];
    const rows = await this.adapter.tally({ projectIds, from, until, offsets, maxSecondsPerAnnotation: 3600 });
    const found = rows.filter(({ toolUserId }) => toolUserId === this.toolUserId).map(({ tasks }) => tasks);
    insist(found.length === 1 && found[0] === 1, `counted ${JSON.stringify(found)} tasks, not one`);
  }

  async end(): Promise<void> {
    const left = await this.adapter.revoke({ ...this.account(), closeAccount: true });
    insist(left.length === 0, `left open: ${left.map(({ what }) => what).join(', ')}`);
    const reached = (await this.session?.reaches(this.linked().id)) ?? [];
    insist(reached.length === 0, `the old session still reaches: ${reached.join(', ')}`);
    insist((await this.people.signIn(trainer)) === null, 'a removed member can sign in');
  }

  async rehire(): Promise<void> {
    await this.adapter.grant(this.account());
    const session = known(await this.people.signIn(trainer), 'the rehired member cannot sign in');
    await session.annotate(this.linked().id, { seconds: 5 });
  }

  private linked(): Project {
    return known(this.project, 'there is no project');
  }

  private account(): { toolUserId: string; email: string; places: readonly string[] } {
    return { toolUserId: known(this.toolUserId, 'there is no account'), email: trainer.email, places: this.places };
  }
}

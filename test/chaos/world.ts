/** Everything that a chaos run is made of, with a faulty proxy before each part that the plugin depends on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pino from 'pino';
import type { LocalPeople, LocalTool } from '../../adapters/local-tool.ts';
import type { AdapterModule, ToolAdapter } from '../../adapters/tool.ts';
import { type Mailbox, startMailbox } from '../../plugin/dev/demo/mailbox.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { loadLocalTool } from '../../plugin/dev/local-tools/index.ts';
import { seededRandom } from '../../plugin/dev/sandbox/ids.ts';
import { type Sandbox, startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { type Database, openDatabase } from '../../plugin/store/database.ts';
import { loadAdapter } from '../../plugin/tool/load-adapter.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts';
import { emptyDatabase, postgresServer, type StoreKind } from '../support/store.ts';
import { History } from './history.ts';
import { People } from './people.ts';
import { Replica, startBalancer } from './replicas.ts';

export interface ChaosOptions {
  store: StoreKind;
  /** As in TOOL_ADAPTER. */
  tool: string;
  replicas: number;
  seed: number;
  /** Events of contracts; each is a delivery, some come twice, 2 % never. */
  deliveries: number;
  trainers: number;
  kills: number;
  /** A rehire reopens the contract of before. */
  reuseIds: boolean;
  /** How long everything may take to settle after the last fault. */
  patienceMs: number;
  progress: (line: string) => void;
}

const PROJECTS = 10;
const TASKS = 400;
const POSTGRES_PORT = 5432;

/** A small tool that answers at once, so that a run is about the plugin. */
export const EXAMPLE_TOOL = resolve(import.meta.dirname, '../conformance/example-tool/adapter.ts');

export interface ChaosWorld {
  options: ChaosOptions;
  random: () => number;
  sandbox: Sandbox;
  /** The tool as it is, with no proxy between. */
  tool: ToolAdapter;
  mailbox: Mailbox;
  storeUrl: string;
  store: Database;
  proxies: Record<string, FaultyProxy>;
  replicas: Replica[];
  history: History;
  people: People;
  close(): Promise<void>;
}

/** Builds it; no replica runs yet. */
export async function buildWorld(options: ChaosOptions): Promise<ChaosWorld> {
  await using closing = new AsyncDisposableStack();
  const random = seededRandom(options.seed);
  const parts = await startParts(options, closing);
  const { sandbox, tool, toolPeople, mailbox, storeUrl, folder } = parts;
  const proxies = await startProxies(options, parts, random, closing);
  const publicPort = await freePort();
  const pluginUrl = `http://127.0.0.1:${publicPort}`;
  const environment = environmentOf(options, parts, proxies, pluginUrl);
  const replicas: Replica[] = [];
  for (let index = 0; index < options.replicas; index += 1) {
    const name = `${options.store}-${index}`;
    const replica = await Replica.create(environment, process.env.CHAOS_LOGS ?? folder, name);
    replicas.push(closing.adopt(replica, (running) => running.end()));
  }
  closing.adopt(await startBalancer(replicas, publicPort), (balancer) => balancer.close());
  const store = closing.adopt(openDatabase(storeUrl), (database) => database.destroy());
  const projectIds = await makeProjects(toolPeople);
  const { trainers, deliveries: events, reuseIds } = options;
  const history = new History({ sandbox, random, trainers, events, projectIds, reuseIds });
  await history.begin((path, body) => callOpenTrain(sandbox, path, body));
  const projectsOf = (email: string): readonly string[] => history.shouldHave().get(email) ?? [];
  const people = new People({ tool: toolPeople, mailbox, pluginUrl, projectsOf });
  closing.defer(() => people.stop());
  const direct = closing.adopt(await connectDirectly(parts.adapter, tool), (adapter) => adapter.close());
  const kept = closing.move();
  const world = {
    options,
    random,
    sandbox,
    tool: direct,
    mailbox,
    storeUrl,
    store,
    proxies,
    replicas,
    history,
    people,
  };
  return { ...world, close: () => kept.disposeAsync() };
}

interface Parts {
  folder: string;
  adapter: AdapterModule;
  tool: LocalTool;
  toolPeople: LocalPeople;
  sandbox: Sandbox;
  mailbox: Mailbox;
  storeUrl: string;
}

async function startParts({ store, tool: name, seed }: ChaosOptions, closing: AsyncDisposableStack): Promise<Parts> {
  const adapter = await loadAdapter(name);
  const { startLocalTool, localPeople } = await loadLocalTool(name);
  const folder = await mkdtemp(join(tmpdir(), 'plugin-chaos-'));
  closing.defer(() => rm(folder, { recursive: true, force: true }));
  const tool = await startLocalTool({
    cacheDirectory: resolve(import.meta.dirname, '../../.cache'),
    database: name === EXAMPLE_TOOL ? 'sqlite' : { serverUrl: postgresServer },
    progress: () => undefined,
  });
  closing.defer(() => tool.stop());
  const sandbox = closing.adopt(await startSandbox({ seed: String(seed) }), (running) => running.close());
  const mailbox = closing.adopt(await startMailbox(), (running) => running.close());
  const { url: storeUrl } = closing.adopt(await emptyDatabase(store), ({ remove }) => remove());
  return { folder, adapter, tool, toolPeople: localPeople(tool), sandbox, mailbox, storeUrl };
}

function connectDirectly(adapter: AdapterModule, { baseUrl, apiToken, databaseUrl }: LocalTool): Promise<ToolAdapter> {
  const log = pino({ enabled: false });
  return adapter.createAdapter({ baseUrl, publicUrl: baseUrl, apiToken, databaseUrl, log });
}

async function startProxies(
  { store }: ChaosOptions,
  { tool, sandbox, mailbox }: Parts,
  random: () => number,
  closing: AsyncDisposableStack,
): Promise<Record<string, FaultyProxy>> {
  const targets: Record<string, string> = { tool: tool.baseUrl, OpenTrain: sandbox.baseUrl, mail: mailbox.url };
  if (store === 'postgres') targets.store = postgresServer;
  if (!tool.databaseUrl.startsWith('sqlite:')) targets['tool’s database'] = tool.databaseUrl;
  const proxies: Record<string, FaultyProxy> = {};
  for (const [name, url] of Object.entries(targets)) {
    const proxy = await startFaultyProxy(Number(new URL(url).port || POSTGRES_PORT), random);
    proxies[name] = closing.adopt(proxy, (running) => running.close());
  }
  return proxies;
}

function environmentOf(
  options: ChaosOptions,
  parts: Parts,
  proxies: Record<string, FaultyProxy>,
  pluginUrl: string,
): Record<string, string> {
  const { tool, sandbox, mailbox, storeUrl } = parts;
  return {
    OPENTRAIN_BASE_URL: through(sandbox.baseUrl, proxies.OpenTrain),
    OPENTRAIN_PARTNER_TOKEN: sandbox.partnerToken,
    TOOL_ADAPTER: options.tool,
    TOOL_BASE_URL: through(tool.baseUrl, proxies.tool),
    TOOL_PUBLIC_URL: tool.baseUrl,
    TOOL_API_TOKEN: tool.apiToken,
    TOOL_DATABASE_URL: through(tool.databaseUrl, proxies['tool’s database']),
    DATABASE_URL: through(storeUrl, proxies.store),
    PLUGIN_PUBLIC_URL: pluginUrl,
    PLUGIN_SECRET: 'only-for-demonstration-and-tests-0123456789',
    SMTP_URL: through(mailbox.url, proxies.mail),
    MAIL_FROM: 'labels@example.com',
  };
}

/** The same address, with the proxy's port. */
function through(url: string, proxy: FaultyProxy | undefined): string {
  if (!proxy) return url;
  const changed = new URL(url);
  changed.port = String(proxy.port);
  return changed.href.replace(/\/$/, '');
}

async function makeProjects(people: LocalPeople): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < PROJECTS; index += 1) {
    const { id } = await people.createProject(`Project ${index + 1}`, TASKS);
    ids.push(id);
  }
  return ids;
}

async function callOpenTrain(sandbox: Sandbox, path: string, body: unknown): Promise<void> {
  const headers = { Authorization: `Bearer ${sandbox.partnerToken}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${sandbox.baseUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the sandbox refused ${path}: ${await answer.text()}`);
}

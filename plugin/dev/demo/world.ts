/** Everything that the story needs, on this machine: a real tool, an OpenTrain sandbox, a mailbox, and the plugin's settings. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalPeople, LocalTool, LocalToolOptions } from '../../../adapters/local-tool.ts';
import { loadLocalTool } from '../local-tools/index.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { type Mailbox, startMailbox } from './mailbox.ts';
import { type Environment, type Finished, type RunningPlugin, runCommand, startPlugin } from './plugin-process.ts';

export interface World {
  tool: LocalTool;
  people: LocalPeople;
  sandbox: Sandbox;
  mailbox: Mailbox;
  /** The plugin's settings. */
  environment: Environment;
  pluginUrl: string;
  /** Starts the plugin, as an admin would with `opentrain-plugin start`. */
  start(): Promise<RunningPlugin>;
  /** Runs one command of the plugin on the same settings. */
  command(...parameters: string[]): Promise<Finished>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** As in TOOL_ADAPTER. */
  adapter: string;
  cacheDirectory: string;
  toolDatabase: LocalToolOptions['database'];
  /** A tool that runs already, and that its caller ends; a new one when absent. */
  tool?: LocalTool;
  /** The tool's address for people, where a proxy will stand in front of it. */
  toolPublicUrl?: string;
  /** The plugin's own store; a new SQLite file when absent. */
  storeUrl?: string;
  /** What the plugin reads the tool's database by; the owner's address when absent, null for none. */
  toolDatabaseUrl?: (tool: LocalTool) => Promise<string | null>;
  /** Further settings. */
  settings?: Environment;
  progress: (line: string) => void;
}

/** Brings everything up but the plugin itself. Throws AdminError when the adapter offers no local tool. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { startLocalTool, localPeople } = await loadLocalTool(options.adapter);
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const { cacheDirectory, toolDatabase, toolPublicUrl: publicUrl, progress } = options;
    const atPublicUrl = publicUrl === undefined ? {} : { publicUrl };
    const tool =
      options.tool ?? (await startLocalTool({ cacheDirectory, database: toolDatabase, progress, ...atPublicUrl }));
    if (!options.tool) closing.push(() => tool.stop());
    const sandbox = await startSandbox();
    closing.push(() => sandbox.close());
    const mailbox = await startMailbox();
    closing.push(() => mailbox.close());
    const folder = await mkdtemp(join(tmpdir(), 'opentrain-plugin-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const port = await freePort();
    const pluginUrl = `http://127.0.0.1:${port}`;
    const toolDatabaseUrl = options.toolDatabaseUrl ? await options.toolDatabaseUrl(tool) : tool.databaseUrl;
    const environment: Environment = {
      OPENTRAIN_BASE_URL: sandbox.baseUrl,
      OPENTRAIN_PARTNER_TOKEN: sandbox.partnerToken,
      TOOL_ADAPTER: options.adapter,
      TOOL_BASE_URL: tool.baseUrl,
      TOOL_API_TOKEN: tool.apiToken,
      ...(toolDatabaseUrl ? { TOOL_DATABASE_URL: toolDatabaseUrl } : {}),
      DATABASE_URL: options.storeUrl ?? `sqlite:${join(folder, 'plugin.sqlite3')}`,
      PLUGIN_PUBLIC_URL: pluginUrl,
      PLUGIN_PORT: String(port),
      PLUGIN_SECRET: 'only-for-demonstration-and-tests-0123456789',
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'Labelling team <labels@example.com>',
      REPORT_TO: 'admin@example.com',
      ...options.settings,
    };
    const made = await runCommand(['migrate'], environment);
    if (made.exitCode !== 0) throw new Error(`the store could not be made: ${made.errors}`);
    return {
      tool,
      people: localPeople(tool),
      sandbox,
      mailbox,
      environment,
      pluginUrl,
      start: () => startPlugin(environment, pluginUrl),
      command: (...parameters) => runCommand(parameters, environment),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || !address) throw new Error('no free port');
  return address.port;
}

/** The plugin as a process of its own, on an OpenTrain sandbox and the example tool: up in seconds. */
import { resolve } from 'node:path';
import {
  type Environment,
  type Finished,
  type RunningPlugin,
  runCommand,
  startPlugin,
} from '../../plugin/dev/demo/plugin-process.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { type Sandbox, startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import sorter from '../conformance/example-tool/adapter.ts';
import { emptyDatabase, type StoreKind } from './store.ts';

export interface ProcessWorld {
  sandbox: Sandbox;
  storeUrl: string;
  environment: Environment;
  pluginUrl: string;
  /** `program` is the file of the command line, this version's when absent. */
  start(change?: Environment, program?: string): Promise<RunningPlugin>;
  /** A job with a link to the tool's project 1. Returns the job's id. */
  linkedJob(): Promise<string>;
  command(...parameters: string[]): Promise<Finished>;
  close(): Promise<void>;
}

/** Brings everything up but the plugin. */
export async function createProcessWorld(kind: StoreKind): Promise<ProcessWorld> {
  if (!sorter.startLocalTool || !sorter.localPeople) throw new Error('the example tool cannot be started');
  const tool = await sorter.startLocalTool({ cacheDirectory: '', database: 'sqlite', progress: () => undefined });
  await sorter.localPeople(tool).createProject('Cats', 1);
  const sandbox = await startSandbox();
  const store = await emptyDatabase(kind);
  const port = await freePort();
  const pluginUrl = `http://127.0.0.1:${port}`;
  const environment: Environment = {
    OPENTRAIN_BASE_URL: sandbox.baseUrl,
    OPENTRAIN_PARTNER_TOKEN: sandbox.partnerToken,
    TOOL_ADAPTER: resolve(import.meta.dirname, '../conformance/example-tool/adapter.ts'),
    TOOL_BASE_URL: tool.baseUrl,
    TOOL_API_TOKEN: tool.apiToken,
    TOOL_DATABASE_URL: tool.databaseUrl,
    DATABASE_URL: store.url,
    PLUGIN_PUBLIC_URL: pluginUrl,
    PLUGIN_PORT: String(port),
    PLUGIN_SECRET: 'only-for-demonstration-and-tests-0123456789',
  };
  const started: RunningPlugin[] = [];
  return {
    sandbox,
    storeUrl: store.url,
    environment,
    pluginUrl,
    async start(change = {}, program) {
      const changed = { ...environment, ...change };
      const running = await startPlugin(changed, `http://127.0.0.1:${changed.PLUGIN_PORT}`, program);
      started.push(running);
      return running;
    },
    async linkedJob() {
      const { id: jobId } = sandbox.control.createJob({ title: 'Label cats' });
      const headers = { Authorization: `Bearer ${sandbox.partnerToken}`, 'Content-Type': 'application/json' };
      const body = JSON.stringify({ externalProjectId: '1', jobId });
      const answer = await fetch(`${sandbox.baseUrl}/project-links`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`the sandbox refused the link: ${await answer.text()}`);
      return jobId;
    },
    command: (...parameters) => runCommand(parameters, environment),
    async close() {
      for (const running of started) await running.stop('SIGKILL');
      await sandbox.close();
      await tool.stop();
      await store.remove();
    },
  };
}

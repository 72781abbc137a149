/** One server of each tool and database for a whole test run: started by the first who asks, stopped when mocha ends. */
import { loadAdapter } from '../../adapters/index.ts';
import type { LocalTool } from '../../adapters/tool.ts';
import { postgresServer, type StoreKind } from './store.ts';

/** Where tools are installed and their template databases are kept. */
export const cacheDirectory = new URL('../../.cache', import.meta.url).pathname;

const running = new Map<string, Promise<LocalTool>>();

/** A fresh instance at the first call, the same one afterwards. Do not stop it. */
export function sharedTool(adapterName: string, database: StoreKind): Promise<LocalTool> {
  const key = `${adapterName} on ${database}`;
  const started = running.get(key) ?? start(adapterName, database);
  running.set(key, started);
  return started;
}

async function start(adapterName: string, database: StoreKind): Promise<LocalTool> {
  const { startLocalTool } = await loadAdapter(adapterName);
  if (!startLocalTool) throw new Error(`${adapterName} offers no local tool.`);
  return startLocalTool({
    cacheDirectory,
    database: database === 'sqlite' ? 'sqlite' : { serverUrl: postgresServer },
    progress: () => undefined,
  });
}

after(async function () {
  this.timeout(60_000);
  for (const tool of running.values()) await (await tool).stop();
  running.clear();
});

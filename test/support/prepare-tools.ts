/** Installs every tool and its template databases before the suite: that takes minutes once, which no test should wait for. */
import { resolve } from 'node:path';
import { loadLocalTool } from '../../plugin/dev/local-tools/index.ts';
import { manifest } from '../../plugin/settings/manifest.ts';
import { postgresServer } from './store.ts';

/** Starts and stops each of our tools once on each database. Throws AdminError when one cannot be installed or started. */
export async function prepareTools(progress: (line: string) => void): Promise<void> {
  await Promise.all(manifest.adapters.map(({ name, title }) => prepare(name, (line) => progress(`${title}: ${line}`))));
}

async function prepare(name: string, progress: (line: string) => void): Promise<void> {
  const { startLocalTool } = await loadLocalTool(name);
  const cacheDirectory = resolve(import.meta.dirname, '../../.cache');
  for (const database of ['sqlite', { serverUrl: postgresServer }] as const) {
    const tool = await startLocalTool({ cacheDirectory, database, progress });
    await tool.stop();
  }
}

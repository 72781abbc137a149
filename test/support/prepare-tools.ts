/** Installs every tool and its template databases before the suite: that takes minutes once, which no test should wait for. */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadLocalTool } from '../../plugin/dev/local-tools/index.ts';
import { manifest } from '../../plugin/settings/manifest.ts';
import { kits, type Product } from '../versions/story.ts';
import { measuredVersions } from '../versions/supported.ts';
import { postgresServer } from './store.ts';

type Progress = (line: string) => void;

const cacheDirectory = resolve(import.meta.dirname, '../../.cache');
const marker = join(cacheDirectory, 'prepared');
const databases = ['sqlite', { serverUrl: postgresServer }] as const;

/**
 * Starts and stops each of our tools once on each database, in the newest version and the oldest supported one. Throws AdminError
 * when one cannot be installed or started.
 */
export async function prepareTools(progress: Progress): Promise<void> {
  await Promise.all(manifest.adapters.map(({ name, title }) => prepare(name, (line) => progress(`${title}: ${line}`))));
  const products = Object.keys(kits).filter((name): name is Product => Object.hasOwn(measuredVersions, name));
  await Promise.all(products.map((product) => prepareOldest(product, (line) => progress(`${product}: ${line}`))));
  writeFileSync(marker, '');
}

/** Whether they were installed before: a test that needs what is gone since then brings it again, slowly. */
export function toolsWerePrepared(): boolean {
  return existsSync(marker);
}

async function prepare(name: string, progress: Progress): Promise<void> {
  const { startLocalTool } = await loadLocalTool(name);
  for (const database of databases) {
    const tool = await startLocalTool({ cacheDirectory, database, progress });
    await tool.stop();
  }
}

async function prepareOldest(product: Product, progress: Progress): Promise<void> {
  const [version] = measuredVersions[product];
  for (const database of databases) {
    const tool = await kits[product].start({ cacheDirectory, database, version, progress });
    await tool.stop();
  }
}

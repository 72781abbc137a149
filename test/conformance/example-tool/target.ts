/** A running Sorter with an adapter to be tried on it. */
import type { AdapterModule } from '../../../adapters/tool.ts';
import type { Target } from '../driver.ts';
import { driveSorter } from '../drivers/example.ts';
import example from './adapter.ts';

/** Starts a Sorter of its own for this adapter. */
export async function startExampleTarget(module: AdapterModule): Promise<Target> {
  if (!example.startLocalTool) throw new Error('The example starts its tool.');
  const tool = await example.startLocalTool({ cacheDirectory: '', database: 'sqlite', progress: () => undefined });
  return {
    module,
    baseUrl: tool.baseUrl,
    apiToken: tool.apiToken,
    databaseUrl: tool.databaseUrl,
    admin: { email: tool.adminEmail, password: tool.adminPassword },
    driver: driveSorter(tool),
    stop: () => tool.stop(),
  };
}

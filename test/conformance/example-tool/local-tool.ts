/** A Sorter of one's own on this machine, for the demonstration and the tests. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import { startSorter } from './tool.ts';

/** Starts an empty one; `stop` removes its file. */
export async function startLocalSorter(): Promise<LocalTool> {
  const folder = await mkdtemp(join(tmpdir(), 'sorter-'));
  const databasePath = join(folder, 'sorter.sqlite3');
  const adminEmail = 'admin@example.com';
  const [adminPassword, apiToken] = [randomBytes(12).toString('hex'), randomBytes(20).toString('hex')];
  const sorter = await startSorter({ databasePath, adminEmail, adminPassword, adminToken: apiToken });
  return {
    ...{ baseUrl: sorter.baseUrl, databaseUrl: `sqlite:${databasePath}`, apiToken, adminEmail, adminPassword },
    stop: async () => {
      await sorter.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

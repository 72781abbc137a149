/** doccano's own export, recounted. Its background worker makes the file; it runs only while an export is wanted. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import { runToEnd } from '../../../plugin/dev/local-tools/python-program.ts';
import type { ExportedWork } from '../driver.ts';
import { parsed, send } from '../http.ts';

export interface Exporter {
  exportWork(projectId: string): Promise<ExportedWork[]>;
  close(): Promise<void>;
}

const lineSchema = z.object({ label: z.array(z.string()) });
const exportPatience = 120_000;

/** For the doccano at hand; its program is in the cache directory. */
export function createExporter(tool: LocalTool, cacheDirectory: string): Exporter {
  const program = join(cacheDirectory, 'doccano', 'bin');
  const admin = { Authorization: `Token ${tool.apiToken}` };
  let worker: { home: string; stop(): Promise<void> } | undefined;

  /** One file for each member: JSON lines with their labels. */
  const exportFiles = async (projectId: string, confirmedOnly: boolean): Promise<Map<string, string[][]>> => {
    worker ??= await startWorker(program, tool.databaseUrl);
    const url = `${tool.baseUrl}/v1/projects/${projectId}/download`;
    const wanted = { format: 'JSONL', exportApproved: confirmedOnly };
    const { task_id: task } = parsed(await send('POST', url, admin, wanted), z.object({ task_id: z.string() }));
    const archive = join(worker.home, `${task}.zip`);
    await writeFile(archive, await download(`${url}?taskId=${task}`, admin));
    const folder = join(worker.home, task);
    await runToEnd(join(program, 'python'), ['-m', 'zipfile', '-e', archive, folder], process.env, () => undefined);
    const files = new Map<string, string[][]>();
    for (const file of await readdir(folder)) {
      const lines = (await readFile(join(folder, file), 'utf8')).split('\n').filter((line) => line !== '');
      const labels = lines.map((line) => lineSchema.parse(JSON.parse(line)).label);
      files.set(file.replace(/\.jsonl$/, ''), labels);
    }
    return files;
  };

  return {
    exportWork: async (projectId) => {
      const members = await send('GET', `${tool.baseUrl}/v1/projects/${projectId}/members`, admin);
      const people = parsed(members, z.array(z.object({ user: z.number(), username: z.string() })));
      const everything = await exportFiles(projectId, false);
      const confirmed = await exportFiles(projectId, true);
      return people.map(({ user, username }) => ({
        toolUserId: String(user),
        tasks: confirmed.get(username)?.length ?? 0,
        annotations: everything.get(username)?.flat().length ?? 0,
        seconds: null,
      }));
    },
    close: async () => worker?.stop(),
  };
}

async function startWorker(program: string, databaseUrl: string): Promise<{ home: string; stop(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'doccano-worker-'));
  const isSqlite = databaseUrl.startsWith('sqlite:');
  const django = isSqlite ? `sqlite:///${databaseUrl.slice('sqlite:'.length)}` : `${databaseUrl}?sslmode=disable`;
  const environment = { ...process.env, DOCCANO_HOME: home, MEDIA_ROOT: join(home, 'media'), DATABASE_URL: django };
  const child = spawn(join(program, 'doccano'), ['task', '--concurrency', '1'], {
    env: environment,
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended already.
    }
  };
  process.once('exit', kill);
  return {
    home,
    stop: async () => {
      kill();
      await ended;
      process.off('exit', kill);
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function download(url: string, headers: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const deadline = Date.now() + exportPatience;
  while (Date.now() < deadline) {
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(`The export answered ${response.status}: ${await response.text()}`);
    const isReady = !(response.headers.get('content-type') ?? '').includes('json');
    const body = new Uint8Array(await response.arrayBuffer());
    if (isReady) return body;
    await delay(200);
  }
  throw new Error('The export was not ready in time: did its background worker start?');
}

/** Measures the tally on a filled Label Studio: beside the bare aggregate, in memory, and against its REST export. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import axios from 'axios';
import { z } from 'zod';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import { openAdapter, openBareAggregate, wholeQuery } from './tally-query.ts';

const RUNS = 7;
const execute = promisify(execFile);

/** How long the work takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export interface Ratio {
  tallyMs: number;
  bareMs: number;
  rows: number;
}

/** Medians of both, run alternately in this process after one run each to warm up. */
export async function compareWithBare(tool: LocalTool, projectIds: readonly number[]): Promise<Ratio> {
  const adapter = await openAdapter(tool);
  const bare = await openBareAggregate(tool.databaseUrl, projectIds);
  const query = wholeQuery(projectIds);
  const rows = (await adapter.tally(query)).length;
  const bareRows = await bare.run();
  if (rows !== bareRows) throw new Error(`the tally has ${rows} rows and the bare aggregate ${bareRows}`);
  const [tallies, bares]: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    tallies.push(await timed(() => adapter.tally(query)));
    bares.push(await timed(() => bare.run()));
  }
  await adapter.close();
  await bare.close();
  return { tallyMs: median(tallies), bareMs: median(bares), rows };
}

/** What one tally adds to a process at its peak, in bytes. */
export async function extraMemory(tool: LocalTool, projectIds: readonly number[]): Promise<number> {
  const { baseUrl, apiToken, databaseUrl } = tool;
  const input = JSON.stringify({ tool: { baseUrl, apiToken, databaseUrl }, projectIds });
  const measured: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const { stdout } = await execute(process.execPath, [`${import.meta.dirname}/memory-child.ts`, input]);
    measured.push(z.object({ extraBytes: z.number() }).parse(JSON.parse(stdout)).extraBytes);
  }
  return Math.max(...measured);
}

/** How long Label Studio's own export of a project takes, in milliseconds, and how many annotations it has. */
export async function restExport(
  tool: LocalTool,
  projectId: number,
): Promise<{ milliseconds: number; annotations: number }> {
  const start = performance.now();
  const { data } = await axios.get<unknown>(`${tool.baseUrl}/api/projects/${projectId}/export`, {
    params: { exportType: 'JSON' },
    headers: { Authorization: `Token ${tool.apiToken}` },
    timeout: 600_000,
    proxy: false,
  });
  const milliseconds = performance.now() - start;
  const tasks = z.array(z.object({ annotations: z.array(z.unknown()) })).parse(data);
  return { milliseconds, annotations: tasks.reduce((sum, task) => sum + task.annotations.length, 0) };
}

/** What a tally costs others: a writer of the tool beside it on SQLite; and what a short one costs beside a long history. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import { sqliteFile } from '../../../plugin/settings/sqlite-file.ts';
import { median, timed } from './measure.ts';
import { openAdapter, wholeQuery } from './tally-query.ts';

const RUNS = 9;
const TALLIES = 5;
const ALONE_MS = 5_000;
/** Of 300 projects that are linked most have no work on these days. */
const OTHER_PROJECTS = Array.from({ length: 297 }, (_, index) => 1_000_000 + index);

export interface ShortTally {
  /** Milliseconds of a tally of two days: of the three projects, and with 297 others. */
  few: number;
  many: number;
  /** Annotations that it counted. */
  annotations: number;
}

/** Medians, alternately. */
export async function tallyTwoDays(tool: LocalTool, projectIds: readonly number[]): Promise<ShortTally> {
  const adapter = await openAdapter(tool);
  const [few, many]: [number[], number[]] = [[], []];
  const rows = await adapter.tally(wholeQuery(projectIds, 2));
  for (let run = 0; run < RUNS; run += 1) {
    few.push(await timed(() => adapter.tally(wholeQuery(projectIds, 2))));
    many.push(await timed(() => adapter.tally(wholeQuery([...projectIds, ...OTHER_PROJECTS], 2))));
  }
  await adapter.close();
  const annotations = rows.reduce((sum, row) => sum + row.annotations, 0);
  return { few: median(few), many: median(many), annotations };
}

const writerSchema = z.object({ writes: z.number(), failed: z.number(), p99: z.number(), longest: z.number() });
export type Writer = z.infer<typeof writerSchema>;

/** A writer alone for a while, and beside long tallies; null on PostgreSQL, whose readers stop nobody. */
export async function writerBeside(
  tool: LocalTool,
  projectIds: readonly number[],
): Promise<{ alone: Writer; beside: Writer } | null> {
  const file = sqliteFile(tool.databaseUrl);
  if (!file) return null;
  const alone = await writerDuring(file, () => wait(ALONE_MS));
  const adapter = await openAdapter(tool);
  const beside = await writerDuring(file, async () => {
    for (let run = 0; run < TALLIES; run += 1) await adapter.tally(wholeQuery(projectIds));
  });
  await adapter.close();
  return { alone, beside };
}

async function writerDuring(file: string, work: () => Promise<unknown>): Promise<Writer> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/writer-child.ts`, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  await work();
  child.kill('SIGTERM');
  await ended;
  return writerSchema.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''));
}

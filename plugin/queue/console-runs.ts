/**
 * What an admin asks for in the console that takes longer than a page: it is a queue item, so that it survives a restart, and a row
 * here, which says how far it is and what came of it.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Database } from '../store/database.ts';
import { markDue } from './items.ts';

export const consoleRunKinds = ['doctor', 'removal-test', 'plan', 'reconcile', 'differences', 'sync'] as const;
export type ConsoleRunKind = (typeof consoleRunKinds)[number];

const resultSchema = z.object({
  /** One sentence for people. */
  summary: z.string(),
  /** Nothing is wrong, and nothing is left to do. */
  isClean: z.boolean(),
  /** How many changes an admin may have carried out now; 0 when this was no trial, or nothing differs. */
  changes: z.number(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string())),
  /** Rows that were not kept. */
  more: z.number(),
});
/** What came of a run, as a table. */
export type ConsoleRunResult = z.infer<typeof resultSchema>;

interface ConsoleRunRow {
  id: string;
  kind: string;
  actor: string;
  asked_at: number;
  started_at: number | null;
  finished_at: number | null;
  done: number;
  total: number;
  result: string | null;
  error: string | null;
  remedy: string | null;
}

/** Times are milliseconds since 1970 UTC. */
export interface ConsoleRun {
  id: string;
  kind: ConsoleRunKind;
  actor: string;
  askedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  /** How many of how many parts are done; 0 of 0 where that is not known. */
  done: number;
  total: number;
  result: ConsoleRunResult | null;
  /** Why it failed, and what to do; null unless it did. */
  error: string | null;
  remedy: string | null;
}

const ROWS_KEPT = 2_000;

/** Asks for a run: it begins within seconds while `start` runs. Returns its id. Run it in the transaction of its audit entry. */
export async function askForRun(database: Database, kind: ConsoleRunKind, actor: string, now: Date): Promise<string> {
  const id = randomUUID();
  await database<ConsoleRunRow>('console_runs').insert({ id, kind, actor, asked_at: now.getTime() });
  await markDue(database, { kind: 'console-run', key: id }, now);
  return id;
}

/** The run with this id. */
export async function findRun(database: Database, id: string): Promise<ConsoleRun | undefined> {
  const row = await database<ConsoleRunRow>('console_runs').where({ id }).first();
  return row && runOf(row);
}

/** The latest runs of these kinds, newest first. */
export async function latestRuns(
  database: Database,
  kinds: readonly ConsoleRunKind[],
  limit: number,
): Promise<ConsoleRun[]> {
  const rows = await database<ConsoleRunRow>('console_runs')
    .whereIn('kind', kinds)
    .orderBy([{ column: 'asked_at', order: 'desc' }, 'id'])
    .limit(limit);
  return rows.flatMap((row) => runOf(row) ?? []);
}

/** Records that the run was begun; one that was cut off begins anew. */
export async function beginRun(database: Database, id: string, now: Date): Promise<void> {
  await database<ConsoleRunRow>('console_runs').where({ id }).update({ started_at: now.getTime(), done: 0, total: 0 });
}

/** Records how many of how many parts are done. */
export async function noteProgress(database: Database, id: string, done: number, total: number): Promise<void> {
  await database<ConsoleRunRow>('console_runs').where({ id }).update({ done, total });
}

/** Records what came of the run: a result, or why it failed. Keeps the first rows only. */
export async function finishRun(
  database: Database,
  id: string,
  outcome: { result: ConsoleRunResult } | { error: string; remedy: string },
  now: Date,
): Promise<void> {
  const finished = { finished_at: now.getTime() };
  if ('error' in outcome) {
    await database<ConsoleRunRow>('console_runs')
      .where({ id })
      .update({ ...finished, ...outcome });
    return;
  }
  const { rows, more } = outcome.result;
  const kept = rows.slice(0, ROWS_KEPT);
  const result = { ...outcome.result, rows: kept, more: more + rows.length - kept.length };
  await database<ConsoleRunRow>('console_runs')
    .where({ id })
    .update({ ...finished, result: JSON.stringify(result) });
}

function runOf(row: ConsoleRunRow): ConsoleRun | undefined {
  const kind = consoleRunKinds.find((known) => known === row.kind);
  if (!kind) return undefined;
  return {
    ...{ id: row.id, kind, actor: row.actor, done: row.done, total: row.total },
    ...{ askedAt: row.asked_at, startedAt: row.started_at, finishedAt: row.finished_at },
    result: row.result === null ? null : resultSchema.parse(JSON.parse(row.result)),
    ...{ error: row.error, remedy: row.remedy },
  };
}

/** Does one piece of work and records what came of it. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { Circuits } from './circuit.ts';
import { backOff, dependencyOf, LONGEST_WAIT_FOR_DEPENDENCY_MS } from './failure.ts';
import { failItem, finishItem, type QueueItem } from './items.ts';
import type { Dependency } from './outages.ts';

export interface ItemDetail {
  cause?: string;
  source?: string;
  final?: boolean;
  since?: string;
}

export interface Handler {
  /** What this kind of work needs; while one of them is down, it waits. */
  needs: readonly Dependency[];
  /** How many of this kind one process does at once. */
  atOnce: number;
  /** What takes longer has hung: it is recorded as failed, so that it does not hold its place for ever. Default 15 minutes. */
  timeLimitMs?: number;
  /** Does the work. It is level-triggered: it may run again after it was done. Throws when it must be tried again. */
  run(key: string, detail: ItemDetail): Promise<void>;
}

export interface DoItemParts {
  database: Database;
  clock: Clock;
  log: Logger;
  circuits: Circuits;
}

const TIME_LIMIT_MS = 15 * 60_000;

/** Rejects only when the outcome cannot be recorded. */
export async function doItem(row: QueueItem, handler: Handler, parts: DoItemParts): Promise<void> {
  try {
    await withinLimit(handler.run(row.key, JSON.parse(row.detail)), handler.timeLimitMs ?? TIME_LIMIT_MS);
  } catch (error) {
    await recordFailure(row, handler, error, parts);
    return;
  }
  await finishItem(parts.database, row);
  for (const dependency of handler.needs) await parts.circuits.worked(dependency);
}

async function recordFailure(row: QueueItem, handler: Handler, error: unknown, parts: DoItemParts): Promise<void> {
  const { database, clock, log, circuits } = parts;
  const dependency = dependencyOf(error);
  const now = clock.now();
  const longest = dependency ? LONGEST_WAIT_FOR_DEPENDENCY_MS : undefined;
  const ownRetry = new Date(now.getTime() + Math.round(backOff(row.attempts, Math.random(), longest)));
  const outageRetry = dependency ? await circuits.failed(dependency, error) : null;
  const retryAt = outageRetry ?? ownRetry;
  await failItem(database, row, { error: messageOf(error), retryAt, now });
  const fields = { kind: row.kind, key: row.key, attempts: row.attempts + 1, error: messageOf(error), retryAt };
  log.warn(fields, 'work failed and will be tried again');
  // What it needs did answer: only this piece of work is at fault, and must not keep the others waiting.
  if (!dependency) for (const needed of handler.needs) await circuits.worked(needed);
}

async function withinLimit(work: Promise<void>, milliseconds: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const minutes = milliseconds / 60_000;
  const timer = setTimeout(() => reject(new Error(`it did not finish within ${minutes} minutes`)), milliseconds);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

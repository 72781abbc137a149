/** Does one queue item and records what came of it. */
import type { Logger } from 'pino';
import { ToolRefused } from '../../adapters/errors.ts';
import { runAbortable, untilAborted } from '../abort.ts';
import { withCause } from '../cause.ts';
import type { Clock } from '../clock.ts';
import { AdminError, messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { Circuits } from './circuit.ts';
import { backOff, dependencyOf, LONGEST_WAIT_FOR_DEPENDENCY_MS } from './failure.ts';
import type { Handler } from './handler.ts';
import { causeOf, failItem, finishItem, type QueueItem } from './items.ts';

export interface DoItemParts {
  database: Database;
  clock: Clock;
  log: Logger;
  circuits: Circuits;
  /** Aborts at the end of the drain on shutdown: then nothing is recorded, and the item's lease goes back. */
  shutdown: AbortSignal;
}

/** Resolves when the outcome is recorded; rejects only when it cannot be. */
export async function doItem(row: QueueItem, handler: Handler, parts: DoItemParts): Promise<void> {
  const cause = causeOf(row);
  return cause === null ? doAndRecord(row, handler, parts) : withCause(cause, () => doAndRecord(row, handler, parts));
}

async function doAndRecord(row: QueueItem, handler: Handler, parts: DoItemParts): Promise<void> {
  try {
    await runWithin(row, handler, parts.shutdown);
  } catch (error) {
    if (!parts.shutdown.aborted) await recordFailure(row, handler, error, parts);
    return;
  }
  await finishItem(parts.database, row);
  for (const dependency of handler.needs) await parts.circuits.worked(dependency);
}

/**
 * At the time limit the handler is aborted and not waited for, so that one that ignores the signal frees its place too. At
 * shutdown it is waited for: it may be ending a transaction.
 */
async function runWithin(row: QueueItem, handler: Handler, shutdown: AbortSignal): Promise<void> {
  const limit = new AbortController();
  const overrun = new Error(`it did not finish within ${handler.timeLimitMs / 60_000} minutes`);
  const timer = setTimeout(() => limit.abort(overrun), handler.timeLimitMs);
  const signal = AbortSignal.any([shutdown, limit.signal]);
  try {
    const work = runAbortable(signal, () => handler.run(row.key, row.detail, signal));
    await untilAborted(work, limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function recordFailure(row: QueueItem, handler: Handler, failure: unknown, parts: DoItemParts): Promise<void> {
  const { database, clock, log, circuits } = parts;
  const dependency = dependencyOf(failure);
  const now = clock.now();
  const longest = dependency ? LONGEST_WAIT_FOR_DEPENDENCY_MS : undefined;
  const ownRetry = new Date(now.getTime() + Math.round(backOff(row.attempts, Math.random(), longest)));
  const outageRetry = dependency ? await circuits.failed(dependency, failure) : null;
  const retryAt = outageRetry ?? ownRetry;
  const hasRemedy = failure instanceof AdminError || failure instanceof ToolRefused;
  const error = hasRemedy ? `${failure.message} ${failure.remedy}`.trim() : messageOf(failure);
  await failItem(database, row, { error, retryAt, now });
  log.warn({ kind: row.kind, key: row.key, attempts: row.attempts + 1, error, retryAt }, 'queue item failed; retrying');
  // What it needs did answer: only this item is at fault, and must not keep the others waiting.
  if (!dependency) for (const needed of handler.needs) await circuits.worked(needed);
}

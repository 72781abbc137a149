/** Does queue items and records what came of each. */
import type { Logger } from 'pino';
import { ToolRefused } from '../../adapters/errors.ts';
import { runAbortable, untilAborted } from '../abort.ts';
import { withCause } from '../cause.ts';
import type { Clock } from '../clock.ts';
import { AdminError, messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { Circuits } from './circuit.ts';
import { backOff, dependencyOf, LONGEST_WAIT_FOR_DEPENDENCY_MS, TryLater } from './failure.ts';
import type { Handler } from './handler.ts';
import { causeOf, failItem, finishItems, type QueueItem } from './items.ts';

export interface DoItemParts {
  database: Database;
  clock: Clock;
  log: Logger;
  circuits: Circuits;
  /** Aborts at the end of the drain on shutdown: then nothing is recorded, and the item's lease goes back. */
  shutdown: AbortSignal;
}

/**
 * Does items of one kind: one by itself, several in one run. Resolves when all outcomes are recorded; rejects only when one cannot be.
 */
export async function doItems(rows: readonly QueueItem[], handler: Handler, parts: DoItemParts): Promise<void> {
  const [first] = rows;
  if (!first) return;
  if (rows.length > 1 && handler.runTogether) return doTogether(rows, handler, parts);
  const cause = causeOf(first);
  const work = () => doAndRecord(first, handler, parts);
  return cause === null ? work() : withCause(cause, work);
}

async function doAndRecord(row: QueueItem, handler: Handler, parts: DoItemParts): Promise<void> {
  try {
    await runWithin(handler, parts.shutdown, (signal) => handler.run(row.key, row.detail, signal));
  } catch (error) {
    if (!parts.shutdown.aborted) await recordFailure(row, handler, error, parts);
    return;
  }
  await recordDone([row], handler, parts);
}

/** Whatever fails of itself in a run of several is tried by itself at once: it must not keep the others from being done. */
async function doTogether(rows: readonly QueueItem[], handler: Handler, parts: DoItemParts): Promise<void> {
  const { shutdown } = parts;
  let failures: ReadonlyMap<string, unknown>;
  try {
    failures = await runWithin(
      handler,
      shutdown,
      async (signal) => (await handler.runTogether?.(rows, signal)) ?? NONE,
    );
  } catch (error) {
    if (shutdown.aborted) return;
    const concernsAll = dependencyOf(error) !== null || error instanceof Overrun;
    if (concernsAll) for (const row of rows) await recordFailure(row, handler, error, parts);
    else for (const row of rows) await doItems([row], handler, parts);
    return;
  }
  const done = rows.filter(({ key }) => !failures.has(key));
  await recordDone(done, handler, parts);
  if (shutdown.aborted) return;
  for (const row of rows) if (failures.has(row.key)) await recordFailure(row, handler, failures.get(row.key), parts);
}

const NONE: ReadonlyMap<string, unknown> = new Map();

async function recordDone(rows: readonly QueueItem[], handler: Handler, parts: DoItemParts): Promise<void> {
  if (rows.length === 0) return;
  await finishItems(parts.database, rows);
  for (const dependency of handler.needs) await parts.circuits.worked(dependency);
}

class Overrun extends Error {
  override name = 'Overrun';
}

/**
 * At the time limit the handler is aborted and not waited for, so that one that ignores the signal frees its place too. At
 * shutdown it is waited for: it may be ending a transaction.
 */
async function runWithin<Value>(
  { timeLimitMs }: Handler,
  shutdown: AbortSignal,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const limit = new AbortController();
  const overrun = new Overrun(`it did not finish within ${timeLimitMs / 60_000} minutes`);
  const timer = setTimeout(() => limit.abort(overrun), timeLimitMs);
  const signal = AbortSignal.any([shutdown, limit.signal]);
  try {
    return await untilAborted(
      runAbortable(signal, () => run(signal)),
      limit.signal,
    );
  } finally {
    clearTimeout(timer);
  }
}

async function recordFailure(row: QueueItem, handler: Handler, failure: unknown, parts: DoItemParts): Promise<void> {
  const { database, clock, log, circuits } = parts;
  const dependency = dependencyOf(failure);
  const now = clock.now();
  const longest = dependency ? LONGEST_WAIT_FOR_DEPENDENCY_MS : undefined;
  const asked = failure instanceof TryLater ? failure.waitMs : 0;
  const ownWait = Math.max(asked, backOff(row.attempts, Math.random(), longest));
  const ownRetry = new Date(now.getTime() + Math.round(ownWait));
  const outageRetry = dependency ? await circuits.failed(dependency, failure) : null;
  const retryAt = outageRetry ?? ownRetry;
  const hasRemedy = failure instanceof AdminError || failure instanceof ToolRefused;
  const error = hasRemedy ? `${failure.message} ${failure.remedy}`.trim() : messageOf(failure);
  await failItem(database, row, { error, retryAt, now });
  log.warn({ kind: row.kind, key: row.key, attempts: row.attempts + 1, error, retryAt }, 'queue item failed; retrying');
  // What it needs did answer: only this item is at fault, and must not keep the others waiting.
  if (!dependency) for (const needed of handler.needs) await circuits.worked(needed);
}

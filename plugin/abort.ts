/**
 * The signal that aborts the work under way, for every place that waits: calls to OpenTrain and to the tool, and loops over many
 * contracts or trainers. It is carried by the asynchronous context, since it concerns no rule between the queue and these places.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<AbortSignal>();

/** Runs the work so that what waits within it rejects with the signal's reason once that aborts. */
export function runAbortable<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
  return storage.run(signal, work);
}

/** The signal of the work under way; undefined for work that nothing aborts, such as an HTTP request to us. */
export function abortSignal(): AbortSignal | undefined {
  return storage.getStore();
}

/** For loops: throws the signal's reason when the work under way was aborted. */
export function throwIfAborted(): void {
  storage.getStore()?.throwIfAborted();
}

/** Settles as `promise` does, or rejects with the signal's reason as soon as that aborts. */
export async function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined = storage.getStore(),
): Promise<Value> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

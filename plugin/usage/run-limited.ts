/** Works through a stream, a few at once; pulls the next only when there is room. */
import { abortSignal, throwIfAborted } from '../abort.ts';

/** Resolves when all are done. The work must not throw. Rejects, once those begun are done, when the work under way is aborted. */
export async function runLimited<Item>(
  items: AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    if (abortSignal()?.aborted) break;
    const job: Promise<void> = work(item).finally(() => running.delete(job));
    running.add(job);
    if (running.size >= atOnce) await Promise.race(running);
  }
  await Promise.all(running);
  throwIfAborted();
}

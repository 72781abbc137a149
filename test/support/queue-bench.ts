/** Workers on one store with a clock to turn, for tests of how work is done. */
import { pino } from 'pino';
import { z } from 'zod';
import { type Handler, handlerOf, type Run } from '../../plugin/queue/handler.ts';
import { listItems, type Mark, markDue, type QueueItem } from '../../plugin/queue/items.ts';
import type { QueueKind } from '../../plugin/queue/kinds.ts';
import { Worker, type WorkerOptions } from '../../plugin/queue/worker.ts';
import type { Database } from '../../plugin/store/database.ts';
import { DeliveryLoop, type DeliveryLoopOptions } from '../../plugin/webhooks/delivery-loop.ts';
import { type FreshStore, freshStore, type StoreKind } from './store.ts';

/** What a kind of the tests' own declares. */
const CHORE: QueueKind = {
  needs: [],
  atOnce: 4,
  group: 'ordinary',
  timeLimitMs: 60_000,
  words: (key) => `chore ${key}`,
  detail: z.unknown(),
};

/** A door that work waits at until the test opens it. */
export function gate(): { open: () => void; passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, passed: promise };
}

export class QueueBench {
  readonly store: FreshStore;
  readonly database: Database;
  readonly clock: { time: Date; now: () => Date };
  /** Keys of what was done, in order. */
  readonly done: string[] = [];
  readonly #workers: (Worker | DeliveryLoop)[] = [];

  private constructor(store: FreshStore) {
    this.store = store;
    this.database = store.database;
    const clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
    this.clock = clock;
  }

  static async open(kind: StoreKind): Promise<QueueBench> {
    return new QueueBench(await freshStore(kind));
  }

  /** Everything as at the beginning; the clock stands at noon (UTC) of 2031-05-20. */
  async reset(): Promise<void> {
    for (const worker of this.#workers.splice(0)) await worker.stop(5_000);
    for (const table of ['queue_items', 'deliveries', 'outages']) await this.database(table).delete();
    this.clock.time = new Date('2031-05-20T12:00:00Z');
    this.clock.now = () => this.clock.time;
    this.done.length = 0;
  }

  async close(): Promise<void> {
    await this.reset();
    await this.store.drop();
  }

  later(milliseconds: number): void {
    this.clock.time = new Date(this.clock.time.getTime() + milliseconds);
  }

  /** Real time from now on: for what runs in the background. */
  useRealTime(): void {
    this.clock.now = () => new Date();
  }

  /** Marks an item of any kind, those of the tests' own included. */
  mark(kind: string, key: string, dueAt = this.clock.now()): Promise<void> {
    const mark = { kind, key, dueAt, detail: { cause: 'test' } } as Mark;
    return markDue(this.database, mark, this.clock.now());
  }

  /** A handler of a kind of the tests' own, which notes what is done. */
  handler(run: (key: string, signal: AbortSignal) => Promise<unknown>, change: Partial<QueueKind> = {}): Handler {
    const noting: Run<unknown> = async (key, _detail, signal) => {
      await run(key, signal);
      this.done.push(key);
    };
    return handlerOf({ ...CHORE, ...change }, noting);
  }

  /** The same of a kind of which several items are one run; `run` returns what went wrong, by key. */
  grouped(run: (keys: string[]) => Promise<ReadonlyMap<string, unknown>>, change: Partial<QueueKind> = {}): Handler {
    const noting = async (keys: string[]): Promise<ReadonlyMap<string, unknown>> => {
      const failures = await run(keys);
      this.done.push(...keys.filter((key) => !failures.has(key)));
      return failures;
    };
    const one: Run<unknown> = async (key) => {
      const failure = (await noting([key])).get(key);
      if (failure !== undefined) throw failure;
    };
    return handlerOf({ ...CHORE, together: 5, ...change }, one, (items) => noting(items.map(({ key }) => key)));
  }

  worker(handlers: Record<string, Handler>, options: Partial<WorkerOptions> = {}): Worker {
    const { database, clock } = this;
    const log = pino({ level: 'silent' });
    const made = new Worker({ database, clock, log, handlers, role: 'start', ...options });
    this.#workers.push(made);
    return made;
  }

  /** A loop over the deliveries in the store of this bench. */
  deliveries(apply: DeliveryLoopOptions['apply'], options: Partial<DeliveryLoopOptions> = {}): DeliveryLoop {
    const { database, clock } = this;
    const log = pino({ level: 'silent' });
    const made = new DeliveryLoop({ database, clock, log, apply, role: 'start', ...options });
    this.#workers.push(made);
    return made;
  }

  async row(key: string): Promise<QueueItem | undefined> {
    return (await listItems(this.database)).find((candidate) => candidate.key === key);
  }
}

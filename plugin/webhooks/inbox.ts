/** Stores deliveries durably: those that arrive while a write is under way go together in the next one. */
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { type NewDelivery, storeDeliveries } from './deliveries.ts';

/** OpenTrain gives up after 10 s; a store that does not answer within this is told as 503. */
export const STORE_TIMEOUT_MS = 1_800;
/** One statement for at most so many deliveries. */
const LARGEST_BATCH = 100;
/** More than this waiting means that the store does not keep up: OpenTrain will come again. */
const MOST_WAITING = 5_000;
/** Between two deliveries of a burst there is less time than this. */
const BURST_GAP_MS = 50;

/** PostgreSQL refused a value (class 22: data, 23: constraint, 54: limit exceeded): the statement's, not the store's fault. */
const valueErrorSchema = z.object({ code: z.string().regex(/^(22|23|54)...$/) });

interface Waiting {
  delivery: NewDelivery;
  /** Nobody waits for it any more: it was answered 503. */
  abandoned: boolean;
  resolve: (fresh: boolean) => void;
  reject: (error: Error) => void;
}

/** One a process. `store` resolves once the delivery is committed; true when it was not known yet. */
export class Inbox {
  readonly #database: Database;
  readonly #onStored: () => void;
  #waiting: Waiting[] = [];
  #isWriting = false;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, onStored: () => void) {
    this.#database = database;
    this.#onStored = onStored;
  }

  /** Deliveries are waiting, or came a moment ago. */
  get isReceiving(): boolean {
    return this.#waiting.length > 0 || performance.now() - this.#lastAt < BURST_GAP_MS;
  }

  /** Rejects when the delivery cannot be stored in time: then the row is there whole, or not at all. */
  store(delivery: NewDelivery): Promise<boolean> {
    this.#lastAt = performance.now();
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(new Error('too many deliveries are waiting'));
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const waiting: Waiting = { delivery, abandoned: false, resolve, reject };
    const timer = setTimeout(() => {
      waiting.abandoned = true;
      reject(new Error(`the store did not answer within ${STORE_TIMEOUT_MS} ms`));
    }, STORE_TIMEOUT_MS);
    this.#waiting.push(waiting);
    void this.#write();
    return promise.finally(() => clearTimeout(timer));
  }

  /** One write at a time: what arrives meanwhile is the next batch, so a burst costs few commits. */
  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, LARGEST_BATCH).filter(({ abandoned }) => !abandoned);
      if (batch.length > 0) await this.#storeBatch(batch);
    }
    this.#isWriting = false;
  }

  async #storeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#store(batch);
    } catch (error) {
      if (batch.length > 1 && valueErrorSchema.safeParse(error).success) {
        for (const waiting of batch) await this.#storeBatch([waiting]);
        return;
      }
      const failure = new Error(messageOf(error));
      for (const { reject } of batch) reject(failure);
    }
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    const unique = new Map(batch.map((waiting) => [waiting.delivery.id, waiting]));
    const stored = await storeDeliveries(
      this.#database,
      [...unique.values()].map(({ delivery }) => delivery),
    );
    for (const waiting of batch) {
      waiting.resolve(stored.has(waiting.delivery.id) && unique.get(waiting.delivery.id) === waiting);
    }
    if (stored.size > 0) this.#onStored();
  }
}

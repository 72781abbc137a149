/** Stores deliveries durably: those that arrive while a write is under way go together in the next one. */
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { type NewDelivery, storeDeliveries } from '../store/deliveries.ts';

/** OpenTrain gives up after 10 s; a store that does not answer within this is told as 503. */
const STORE_TIMEOUT_MS = 1_800;
/** One statement for at most so many deliveries. */
const LARGEST_BATCH = 100;
/** More than this waiting means that the store does not keep up: OpenTrain will come again. */
const MOST_WAITING = 5_000;

interface Waiting {
  delivery: NewDelivery;
  resolve: (fresh: boolean) => void;
  reject: (error: Error) => void;
}

/** One a process. `store` resolves once the delivery is committed; true when it was not known yet. */
export class Inbox {
  readonly #database: Database;
  readonly #onStored: () => void;
  #waiting: Waiting[] = [];
  #writing = 0;

  constructor(database: Database, onStored: () => void) {
    this.#database = database;
    this.#onStored = onStored;
  }

  store(delivery: NewDelivery): Promise<boolean> {
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(new Error('too many deliveries are waiting'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((waiting) => waiting.delivery !== delivery);
        reject(new Error(`the store did not answer within ${STORE_TIMEOUT_MS} ms`));
      }, STORE_TIMEOUT_MS);
      const settle =
        <Value>(done: (value: Value) => void) =>
        (value: Value): void => {
          clearTimeout(timer);
          done(value);
        };
      this.#waiting.push({ delivery, resolve: settle(resolve), reject: settle(reject) });
      this.#write();
    });
  }

  /** One write at a time: what arrives meanwhile is the next batch, so a burst costs few commits. */
  #write(): void {
    if (this.#writing > 0 || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, LARGEST_BATCH);
    this.#writing += 1;
    this.#store(batch)
      .catch((error: unknown) => {
        const failure = new Error(messageOf(error));
        for (const { reject } of batch) reject(failure);
      })
      .finally(() => {
        this.#writing -= 1;
        this.#write();
      });
  }

  async #store(batch: Waiting[]): Promise<void> {
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

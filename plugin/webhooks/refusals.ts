/**
 * Counts refused deliveries for `status`. Anybody can post to the receiver, so a refusal costs no write of its own: they are
 * written, and logged, together once a second.
 */
import type { Logger } from 'pino';
import { count } from '../audit/counters.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';

const WRITE_AFTER_MS = 1_000;

interface Tally {
  times: number;
  lastAt: Date;
  lastDetail: string;
}

/** What `status` shows refusals of this kind under. */
export function refusalCounter(reason: string): string {
  return `delivery refused: ${reason}`;
}

export class Refusals {
  readonly #parts: { database: Database; clock: Clock; log: Logger };
  #tallies = new Map<string, Tally>();
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: { database: Database; clock: Clock; log: Logger }) {
    this.#parts = parts;
  }

  /** Notes one. `reason` is one of a few codes, `detail` is the latest one's. */
  note(reason: string, detail: string): void {
    const times = (this.#tallies.get(reason)?.times ?? 0) + 1;
    this.#tallies.set(reason, { times, lastAt: this.#parts.clock.now(), lastDetail: detail });
    this.#schedule();
  }

  /** Writes what was noted. What cannot be written is kept for the next time; never rejects. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const { database, log } = this.#parts;
    const noted = this.#tallies;
    this.#tallies = new Map();
    for (const [reason, tally] of noted) {
      const { times, lastAt, lastDetail } = tally;
      try {
        await count(database, refusalCounter(reason), lastDetail, lastAt, times);
        log.warn({ reason, times, detail: lastDetail }, 'deliveries refused');
      } catch (error) {
        log.error({ reason, times, error: messageOf(error) }, 'deliveries refused; they are counted later');
        const since = this.#tallies.get(reason);
        this.#tallies.set(reason, { ...(since ?? tally), times: times + (since?.times ?? 0) });
        this.#schedule();
      }
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_AFTER_MS).unref();
  }
}

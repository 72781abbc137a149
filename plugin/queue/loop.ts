/** Looks for something to do again and again: at once while there is something, after a wake-up, else after a pause. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';

/** Other processes make things due too: look at least this often. */
const LONGEST_SLEEP_MS = 2_000;
/** What is due but waits for a dependency or a free place must not keep the loop spinning. */
const SHORTEST_SLEEP_MS = 200;

export interface LoopOptions {
  clock: Clock;
  log: Logger;
  /** What the loop works on, for the log: "queue items". */
  what: string;
  /** Does what is due, or begins it. Returns how much that was. Rejects only when the store fails. */
  look: () => Promise<number>;
  /** When the next thing is due; null when nothing is. */
  nextAt: () => Promise<Date | null>;
}

export class Loop {
  readonly #options: LoopOptions;
  /** The last look failed, because the store did. */
  #storeIsDown = false;
  #stopping = false;
  #running: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #woken = false;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Starts looking in the background. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Something is due: look now. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Looks no more. Resolves when the look under way has ended; never rejects. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false;
      const done = await this.#look();
      if (done === 0) await this.#sleep();
    }
  }

  /** Logs once that the store does not work, however long that lasts, and once that it works again. */
  async #look(): Promise<number> {
    const { look, log, what } = this.#options;
    try {
      const done = await look();
      if (this.#storeIsDown) log.info({ what }, 'the store works again');
      this.#storeIsDown = false;
      return done;
    } catch (error) {
      if (!this.#storeIsDown) log.error({ what, error: messageOf(error) }, 'the store does not work; retrying');
      this.#storeIsDown = true;
      await pause(SHORTEST_SLEEP_MS);
      return 0;
    }
  }

  async #sleep(): Promise<void> {
    if (this.#woken || this.#stopping) return;
    const { clock, nextAt } = this.#options;
    const next = await nextAt().catch(() => null);
    const untilNext = next ? next.getTime() - clock.now().getTime() : LONGEST_SLEEP_MS;
    const milliseconds = Math.min(LONGEST_SLEEP_MS, Math.max(untilNext, SHORTEST_SLEEP_MS));
    if (this.#woken || this.#stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }
}

/** Resolves after so many milliseconds; with `keepsAlive: false` the process may end meanwhile. */
export function pause(milliseconds: number, { keepsAlive = true } = {}): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    if (!keepsAlive) timer.unref();
  });
}

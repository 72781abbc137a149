/** Extends the leases of what is under way, three times in the length of a lease. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';

export interface LeaseExtensionOptions {
  clock: Clock;
  log: Logger;
  leaseMs: number;
  /** Extends the leases of everything that is under way at this moment; not called while the last call goes on. */
  extend: (until: Date) => Promise<void>;
}

export class LeaseExtension {
  readonly #options: LeaseExtensionOptions;
  #timer: NodeJS.Timeout | null = null;
  #extending = false;

  constructor(options: LeaseExtensionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#extend(), this.#options.leaseMs / 3);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  async #extend(): Promise<void> {
    if (this.#extending) return;
    this.#extending = true;
    const { clock, log, leaseMs, extend } = this.#options;
    try {
      await extend(new Date(clock.now().getTime() + leaseMs));
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'leases could not be extended');
    } finally {
      this.#extending = false;
    }
  }
}

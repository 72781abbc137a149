/** Applies the deliveries of the inbox in the order of their events, in a loop of its own: queue items never hold them up. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { LeaseExtension } from '../queue/leases.ts';
import { Loop, pause } from '../queue/loop.ts';
import type { Database } from '../store/database.ts';
import {
  claimDeliveries,
  type DeliveryRow,
  extendDeliveries,
  nextDeliveryAt,
  releaseDeliveries,
} from './deliveries.ts';

export interface DeliveryLoopOptions {
  database: Database;
  clock: Clock;
  log: Logger;
  /** Applies deliveries and finishes each, or records its failure. Rejects only when the store fails. */
  apply: (deliveries: readonly DeliveryRow[]) => Promise<void>;
  /** Told after deliveries were applied: they may have made queue items due. */
  onApplied?: () => void;
  /** Deliveries are arriving at this moment: storing and acknowledging them goes before applying what is stored. */
  receiving?: () => boolean;
  /** On SQLite a new `start` takes over the leases of the one that died. */
  role: 'start' | 'command';
  /** Seconds a lease lasts without being extended. */
  leaseSeconds?: number;
}

const LEASE_SECONDS = 30;
const DELIVERIES_AT_ONCE = 50;
/** While deliveries arrive, applying gives way to receiving for at most this long, and then goes on in small steps. */
const LONGEST_COURTESY_MS = 3_000;
const DELIVERIES_AT_ONCE_WHILE_RECEIVING = 10;

export class DeliveryLoop {
  readonly #options: DeliveryLoopOptions;
  readonly #loop: Loop;
  readonly #leaseMs: number;
  readonly #leases: LeaseExtension;
  readonly owner: string;
  /** Deliveries were claimed and not worked off, because the store failed meanwhile. */
  #holdsLeases = false;
  #isBehind = false;

  constructor(options: DeliveryLoopOptions) {
    this.#options = options;
    this.owner = `${options.role}:${process.pid}:${randomUUID()}`;
    this.#leaseMs = (options.leaseSeconds ?? LEASE_SECONDS) * 1_000;
    this.#leases = new LeaseExtension({
      ...options,
      leaseMs: this.#leaseMs,
      extend: (until) => extendDeliveries(options.database, this.owner, until),
    });
    this.#loop = new Loop({
      ...options,
      what: 'deliveries',
      look: () => this.#applyDue(),
      nextAt: () => nextDeliveryAt(options.database),
    });
  }

  /** More deliveries were due than are applied at once: some that end somebody's access may be among the rest. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  start(): void {
    this.#loop.start();
  }

  /** A delivery was stored: look now. */
  wake(): void {
    this.#loop.wake();
  }

  /** Takes no more deliveries, waits at most so long for those under way, and gives back the leases. Never rejects. */
  async stop(longestMs: number): Promise<void> {
    const { database, log } = this.#options;
    await Promise.race([this.#loop.stop(), new Promise((resolve) => setTimeout(resolve, longestMs).unref())]);
    this.#leases.stop();
    try {
      await releaseDeliveries(database, this.owner);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'leases of deliveries could not be given back; they expire');
    }
  }

  /** Applies all that is due at this moment. What fails is left for later. */
  async drain(): Promise<void> {
    while ((await this.#applyDue()) > 0);
  }

  async #applyDue(): Promise<number> {
    const { database, clock, onApplied, receiving } = this.#options;
    if (this.#holdsLeases) await releaseDeliveries(database, this.owner);
    const deadline = performance.now() + LONGEST_COURTESY_MS;
    while (receiving?.() && performance.now() < deadline && !this.#loop.isStopping) await pause(20);
    this.#holdsLeases = true;
    const limit = receiving?.() ? DELIVERIES_AT_ONCE_WHILE_RECEIVING : DELIVERIES_AT_ONCE;
    const claim = { owner: this.owner, now: clock.now(), leaseMs: this.#leaseMs, limit };
    const deliveries = await claimDeliveries(database, claim);
    this.#isBehind = deliveries.length === limit;
    deliveries.sort((a, b) => a.event_id.length - b.event_id.length || (a.event_id < b.event_id ? -1 : 1));
    if (deliveries.length > 0) {
      await this.#apply(deliveries);
      onApplied?.();
    }
    this.#holdsLeases = false;
    return deliveries.length;
  }

  /** Applying may wait for another replica's transaction, or take long itself: the leases are extended meanwhile. */
  async #apply(deliveries: readonly DeliveryRow[]): Promise<void> {
    this.#leases.start();
    try {
      await this.#options.apply(deliveries);
    } finally {
      this.#leases.stop();
    }
  }
}

/** Takes what is due and does it: events of the inbox first, then work rows, several at once, each under a lease. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { claimDeliveries, type DeliveryRow, releaseDeliveries } from '../store/deliveries.ts';
import type { Dependency } from '../store/outages.ts';
import {
  claimWork,
  dueKinds,
  extendLeases,
  failWork,
  finishWork,
  nextWorkAt,
  releaseLeases,
  type WorkRow,
} from '../store/work.ts';
import { Circuits } from './circuit.ts';
import { backOff, dependencyOf } from './failure.ts';

export interface WorkDetail {
  cause?: string;
  source?: string;
  final?: boolean;
  since?: string;
}

export interface Handler {
  /** What this kind of work needs; while one of them is down, it waits. */
  needs: readonly Dependency[];
  /** How many of this kind this process does at once. */
  atOnce: number;
  /** Does the work. It is level-triggered: it may run again after it was done. Throws when it must be tried again. */
  run(key: string, detail: WorkDetail): Promise<void>;
}

export interface WorkerOptions {
  database: Database;
  clock: Clock;
  log: Logger;
  handlers: Readonly<Record<string, Handler>>;
  /** Applies one delivery of the inbox and finishes it; or records its failure. Never throws for one event's sake. */
  applyDelivery: (delivery: DeliveryRow) => Promise<void>;
  /** "start" or "command": on SQLite a new `start` takes over the leases of the one that died. */
  role: 'start' | 'command';
  /** Seconds a lease lasts without being extended. */
  leaseSeconds?: number;
}

const LEASE_SECONDS = 30;
/** Other processes mark work too: look at least this often. */
const LONGEST_SLEEP_MS = 2_000;
const DELIVERIES_AT_ONCE = 20;

export class Worker {
  readonly #options: WorkerOptions;
  readonly #circuits: Circuits;
  readonly #leaseMs: number;
  readonly owner: string;
  readonly #running = new Map<string, number>();
  readonly #inFlight = new Set<Promise<void>>();
  #stopping = false;
  #loop: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #woken = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#leaseMs = (options.leaseSeconds ?? LEASE_SECONDS) * 1_000;
    this.owner = `${options.role}:${process.pid}:${randomUUID()}`;
    this.#circuits = new Circuits(options);
  }

  /** Starts working in the background. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Something is due: look now. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Stops taking work and waits for what is under way, at most so long; leases are given back. */
  async stop(longestMs: number): Promise<void> {
    this.#stopping = true;
    this.wake();
    const finished = Promise.all([this.#loop, ...this.#inFlight]);
    await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, longestMs).unref())]);
    await releaseLeases(this.#options.database, this.owner);
    await releaseDeliveries(this.#options.database, this.owner);
  }

  /** Does all that is due at this moment, and what that makes due, then returns. What fails is left for later. */
  async drain(): Promise<void> {
    for (;;) {
      const taken = await this.#takeDue();
      if (taken === 0 && this.#inFlight.size === 0) return;
      if (taken === 0) await Promise.race(this.#inFlight);
    }
  }

  async #run(): Promise<void> {
    const extending = setInterval(() => void this.#extend(), this.#leaseMs / 3);
    while (!this.#stopping) {
      this.#woken = false;
      const taken = await this.#takeDue().catch((error: unknown) => {
        this.#options.log.error({ error: messageOf(error) }, 'the store cannot be read for work; trying again');
        return 0;
      });
      if (taken === 0) await this.#sleep();
    }
    clearInterval(extending);
  }

  async #takeDue(): Promise<number> {
    const { database, clock } = this.#options;
    const claim = { owner: this.owner, now: clock.now(), leaseMs: this.#leaseMs };
    const deliveries = await claimDeliveries(database, { ...claim, limit: DELIVERIES_AT_ONCE });
    deliveries.sort((a, b) => a.event_id.length - b.event_id.length || (a.event_id < b.event_id ? -1 : 1));
    // One after another: they are short, and mostly about the same rows.
    for (const delivery of deliveries) await this.#options.applyDelivery(delivery);
    return deliveries.length + (await this.#takeWork(claim));
  }

  async #takeWork(claim: { owner: string; now: Date; leaseMs: number }): Promise<number> {
    const due = await dueKinds(this.#options.database, claim.now);
    if (due.size === 0) return 0;
    const { closed, probing } = await this.#circuits.state();
    let taken = 0;
    const probed = new Set<Dependency>();
    for (const [kind, handler] of Object.entries(this.#options.handlers)) {
      if (!due.has(kind)) continue;
      if (handler.needs.some((dependency) => closed.has(dependency) || probed.has(dependency))) continue;
      const probes = handler.needs.filter((dependency) => probing.has(dependency));
      const running = this.#running.get(kind) ?? 0;
      const free = probes.length > 0 ? Math.min(1, handler.atOnce - running) : handler.atOnce - running;
      if (free <= 0) continue;
      const rows = await claimWork(this.#options.database, { ...claim, limit: free, kinds: [kind] });
      if (rows.length > 0) for (const dependency of probes) probed.add(dependency);
      for (const row of rows) this.#begin(row, handler);
      taken += rows.length;
    }
    return taken;
  }

  #begin(row: WorkRow, handler: Handler): void {
    this.#running.set(row.kind, (this.#running.get(row.kind) ?? 0) + 1);
    const work = this.#do(row, handler)
      .catch((error: unknown) => {
        // The lease runs out by itself, so the work is not lost.
        this.#options.log.error(
          { kind: row.kind, key: row.key, error: messageOf(error) },
          'work could not be recorded',
        );
      })
      .finally(() => {
        this.#running.set(row.kind, (this.#running.get(row.kind) ?? 1) - 1);
        this.#inFlight.delete(work);
        this.wake();
      });
    this.#inFlight.add(work);
  }

  async #do(row: WorkRow, handler: Handler): Promise<void> {
    const { database, clock, log } = this.#options;
    try {
      await handler.run(row.key, JSON.parse(row.detail));
    } catch (error) {
      const dependency = dependencyOf(error);
      const now = clock.now();
      const ownRetry = new Date(now.getTime() + backOff(row.attempts, Math.random()));
      const retryAt = dependency ? await this.#circuits.failed(dependency, error) : ownRetry;
      await failWork(database, row, { error: messageOf(error), retryAt, now });
      const fields = { kind: row.kind, key: row.key, attempts: row.attempts + 1, error: messageOf(error), retryAt };
      log.warn(fields, 'work failed and will be tried again');
      return;
    }
    await finishWork(database, row);
    for (const dependency of handler.needs) await this.#circuits.worked(dependency);
  }

  async #extend(): Promise<void> {
    if (this.#inFlight.size === 0) return;
    const until = new Date(this.#options.clock.now().getTime() + this.#leaseMs);
    await extendLeases(this.#options.database, this.owner, until).catch((error: unknown) => {
      this.#options.log.warn({ error: messageOf(error) }, 'leases could not be extended');
    });
  }

  async #sleep(): Promise<void> {
    if (this.#woken || this.#stopping) return;
    const { database, clock } = this.#options;
    const next = await nextWorkAt(database).catch(() => null);
    const untilNext = next ? next.getTime() - clock.now().getTime() : LONGEST_SLEEP_MS;
    // Work that is due but waits for a dependency or a free place must not keep us spinning.
    const milliseconds = Math.min(LONGEST_SLEEP_MS, Math.max(untilNext, 200));
    if (this.#woken) return;
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

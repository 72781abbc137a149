/** Takes what is due and does it: events of the inbox first, then work rows, several at once, each under a lease. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { claimDeliveries, type DeliveryRow, releaseDeliveries } from '../store/deliveries.ts';
import type { Dependency } from '../store/outages.ts';
import { claimWork, dueKinds, extendLeases, nextWorkAt, releaseLeases, type WorkRow } from '../store/work.ts';
import { type CircuitState, Circuits } from './circuit.ts';
import { doWork, type Handler } from './do-work.ts';

export interface WorkerOptions {
  database: Database;
  clock: Clock;
  log: Logger;
  handlers: Readonly<Record<string, Handler>>;
  /** Applies deliveries of the inbox and finishes each, or records its failure. Throws only when the store fails. */
  applyDeliveries: (deliveries: readonly DeliveryRow[]) => Promise<void>;
  /** Deliveries are arriving at this moment: storing and acknowledging them goes before applying what is stored. */
  receiving?: () => boolean;
  /** "start" or "command": on SQLite a new `start` takes over the leases of the one that died. */
  role: 'start' | 'command';
  /** Seconds a lease lasts without being extended. */
  leaseSeconds?: number;
}

const LEASE_SECONDS = 30;
/** Other processes mark work too: look at least this often. */
const LONGEST_SLEEP_MS = 2_000;
/** Work that is due but waits for a dependency or a free place must not keep us spinning. */
const SHORTEST_SLEEP_MS = 200;
const DELIVERIES_AT_ONCE = 50;
/** While deliveries arrive, applying gives way to receiving for at most this long, and then goes on in small steps. */
const LONGEST_COURTESY_MS = 3_000;
const DELIVERIES_AT_ONCE_WHILE_RECEIVING = 10;

interface InFlight {
  row: WorkRow;
  done: Promise<void>;
}

interface Claim {
  owner: string;
  now: Date;
  leaseMs: number;
}

export class Worker {
  readonly #options: WorkerOptions;
  readonly #circuits: Circuits;
  readonly #leaseMs: number;
  readonly owner: string;
  /** By kind and key. */
  readonly #inFlight = new Map<string, InFlight>();
  /** Deliveries were claimed and not worked off, because the store failed meanwhile. */
  #holdsDeliveries = false;
  /** The last look for work failed, because the store did. */
  #storeIsDown = false;
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

  /** Stops taking work and waits for what is under way, at most so long; leases are given back. Never rejects. */
  async stop(longestMs: number): Promise<void> {
    const { database, log } = this.#options;
    this.#stopping = true;
    this.wake();
    const finished = Promise.all([this.#loop, ...[...this.#inFlight.values()].map(({ done }) => done)]);
    await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, longestMs).unref())]);
    try {
      await releaseLeases(database, this.owner);
      await releaseDeliveries(database, this.owner);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'leases could not be given back; they run out by themselves');
    }
  }

  /** Does all that is due at this moment, and what that makes due, then returns. What fails is left for later. */
  async drain(): Promise<void> {
    for (;;) {
      // What ends during the look may leave more to do than the look saw.
      const wasIdle = this.#inFlight.size === 0;
      const taken = await this.#takeDue();
      if (taken === 0 && wasIdle) return;
      const underWay = [...this.#inFlight.values()].map(({ done }) => done);
      if (taken === 0 && underWay.length > 0) await Promise.race(underWay);
    }
  }

  async #run(): Promise<void> {
    const extending = setInterval(() => void this.#extend(), this.#leaseMs / 3);
    while (!this.#stopping) {
      this.#woken = false;
      const taken = await this.#look();
      if (taken === 0) await this.#sleep();
    }
    clearInterval(extending);
  }

  /** Says once that the store does not work, however long that lasts, and that it works again. */
  async #look(): Promise<number> {
    const { log } = this.#options;
    try {
      const taken = await this.#takeDue();
      if (this.#storeIsDown) log.info('the store can be used for work again');
      this.#storeIsDown = false;
      return taken;
    } catch (error) {
      const fields = { error: messageOf(error) };
      if (!this.#storeIsDown) log.error(fields, 'the store cannot be used for work; trying again');
      this.#storeIsDown = true;
      await pause(SHORTEST_SLEEP_MS);
      return 0;
    }
  }

  async #takeDue(): Promise<number> {
    const claim = { owner: this.owner, now: this.#options.clock.now(), leaseMs: this.#leaseMs };
    return (await this.#takeDeliveries(claim)) + (await this.#takeWork(claim));
  }

  async #takeDeliveries(claim: Claim): Promise<number> {
    const { database, applyDeliveries, receiving } = this.#options;
    if (this.#holdsDeliveries) await releaseDeliveries(database, this.owner);
    const deadline = performance.now() + LONGEST_COURTESY_MS;
    while (receiving?.() && performance.now() < deadline && !this.#stopping) await pause(20);
    this.#holdsDeliveries = true;
    const limit = receiving?.() ? DELIVERIES_AT_ONCE_WHILE_RECEIVING : DELIVERIES_AT_ONCE;
    const deliveries = await claimDeliveries(database, { ...claim, limit });
    deliveries.sort((a, b) => a.event_id.length - b.event_id.length || (a.event_id < b.event_id ? -1 : 1));
    if (deliveries.length > 0) await applyDeliveries(deliveries);
    this.#holdsDeliveries = false;
    return deliveries.length;
  }

  async #takeWork(claim: Claim): Promise<number> {
    const due = await dueKinds(this.#options.database, claim.now);
    if (due.size === 0) return 0;
    const state = await this.#circuits.state();
    const probed = new Set<Dependency>();
    let taken = 0;
    for (const [kind, handler] of Object.entries(this.#options.handlers)) {
      if (due.has(kind)) taken += await this.#takeKind(kind, handler, claim, state, probed);
    }
    return taken;
  }

  /** `probed`: dependencies of which this look has taken the one try already. */
  async #takeKind(
    kind: string,
    handler: Handler,
    claim: Claim,
    { waiting, probing }: CircuitState,
    probed: Set<Dependency>,
  ): Promise<number> {
    const running = [...this.#inFlight.values()].filter(({ row }) => row.kind === kind).length;
    let limit = handler.atOnce - running;
    if (limit <= 0 || handler.needs.some((dependency) => waiting.has(dependency) || probed.has(dependency))) return 0;
    const probes = handler.needs.filter((dependency) => probing.has(dependency));
    if (probes.length > 0) {
      for (const dependency of probes) probed.add(dependency);
      if (!(await this.#circuits.takeProbes(probes))) return 0;
      limit = 1;
    }
    const rows = await claimWork(this.#options.database, { ...claim, limit, kinds: [kind] });
    for (const row of rows) this.#begin(row, handler);
    return rows.length;
  }

  #begin(row: WorkRow, handler: Handler): void {
    const name = JSON.stringify([row.kind, row.key]);
    // Our own lease ran out while we work on it: the work that goes on has it again.
    if (this.#inFlight.has(name)) return;
    const done = doWork(row, handler, { ...this.#options, circuits: this.#circuits })
      .catch((error: unknown) => {
        const fields = { kind: row.kind, key: row.key, error: messageOf(error) };
        this.#options.log.error(fields, 'the outcome of work could not be recorded; it is done again');
      })
      .finally(() => {
        this.#inFlight.delete(name);
        this.wake();
      });
    this.#inFlight.set(name, { row, done });
  }

  async #extend(): Promise<void> {
    if (this.#inFlight.size === 0) return;
    const { database, clock, log } = this.#options;
    const rows = [...this.#inFlight.values()].map(({ row }) => row);
    const until = new Date(clock.now().getTime() + this.#leaseMs);
    await extendLeases(database, this.owner, rows, until).catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, 'leases could not be extended');
    });
  }

  async #sleep(): Promise<void> {
    if (this.#woken || this.#stopping) return;
    const { database, clock } = this.#options;
    const next = await nextWorkAt(database).catch(() => null);
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

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

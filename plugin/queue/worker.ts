/** Takes the queue items that are due and does them, several at once, each under a lease. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { type CircuitState, Circuits } from './circuit.ts';
import { doItem, type Handler } from './do-item.ts';
import { claimItems, dueKinds, extendLeases, nextItemAt, type QueueItem, releaseLeases } from './items.ts';
import { Loop } from './loop.ts';
import type { Dependency } from './outages.ts';

export interface WorkerOptions {
  database: Database;
  clock: Clock;
  log: Logger;
  handlers: Readonly<Record<string, Handler>>;
  /** "start" or "command": on SQLite a new `start` takes over the leases of the one that died. */
  role: 'start' | 'command';
  /** Seconds a lease lasts without being extended. */
  leaseSeconds?: number;
}

const LEASE_SECONDS = 30;
interface InFlight {
  row: QueueItem;
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
  readonly #loop: Loop;
  #extending: NodeJS.Timeout | null = null;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#leaseMs = (options.leaseSeconds ?? LEASE_SECONDS) * 1_000;
    this.owner = `${options.role}:${process.pid}:${randomUUID()}`;
    this.#circuits = new Circuits(options);
    this.#loop = new Loop({
      ...options,
      what: 'queue items',
      look: () => this.#takeDue(),
      nextAt: () => nextItemAt(options.database),
    });
  }

  /** Starts working in the background. */
  start(): void {
    this.#extending ??= setInterval(() => void this.#extend(), this.#leaseMs / 3);
    this.#loop.start();
  }

  /** Something is due: look now. */
  wake(): void {
    this.#loop.wake();
  }

  /** Stops taking work and waits for what is under way, at most so long; leases are given back. Never rejects. */
  async stop(longestMs: number): Promise<void> {
    const { database, log } = this.#options;
    const finished = Promise.all([this.#loop.stop(), ...[...this.#inFlight.values()].map(({ done }) => done)]);
    await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, longestMs).unref())]);
    if (this.#extending) clearInterval(this.#extending);
    try {
      await releaseLeases(database, this.owner);
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

  async #takeDue(): Promise<number> {
    const claim = { owner: this.owner, now: this.#options.clock.now(), leaseMs: this.#leaseMs };
    return this.#takeItems(claim);
  }

  async #takeItems(claim: Claim): Promise<number> {
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
    const rows = await claimItems(this.#options.database, { ...claim, limit, kinds: [kind] });
    for (const row of rows) this.#begin(row, handler);
    return rows.length;
  }

  #begin(row: QueueItem, handler: Handler): void {
    const name = JSON.stringify([row.kind, row.key]);
    // Our own lease ran out while we work on it: the work that goes on has it again.
    if (this.#inFlight.has(name)) return;
    const done = doItem(row, handler, { ...this.#options, circuits: this.#circuits })
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
}

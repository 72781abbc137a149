/** Takes the queue items that are due and does them, several at once, each under a lease. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { type CircuitState, Circuits } from './circuit.ts';
import { doItems } from './do-items.ts';
import { type Handler, type Handlers, unknownKind } from './handler.ts';
import { claimItems, dueKinds, extendLeases, nextItemAt, type QueueItem, releaseLeases } from './items.ts';
import { LeaseExtension } from './leases.ts';
import { Loop, pause } from './loop.ts';
import type { Dependency } from './outages.ts';

export interface WorkerOptions {
  database: Database;
  clock: Clock;
  log: Logger;
  handlers: Handlers;
  /** "start" or "command": on SQLite a new `start` takes over the leases of the one that died. */
  role: 'start' | 'command';
  /** Counts wait while this holds: what is about to become due may be access. */
  countsWait?: () => boolean;
  /** Seconds a lease lasts without being extended. */
  leaseSeconds?: number;
}

const LEASE_SECONDS = 30;
/** What was aborted on shutdown gets this long to end its transactions, before the database is closed. */
const UNWIND_MS = 1_000;

/** Why what is left at the end of the drain is aborted. */
class ShuttingDown extends Error {
  override name = 'ShuttingDown';
}

interface InFlight {
  row: QueueItem;
  /** The same for all items of one run. */
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
  readonly #leases: LeaseExtension;
  readonly #shutdown = new AbortController();

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#leaseMs = (options.leaseSeconds ?? LEASE_SECONDS) * 1_000;
    this.owner = `${options.role}:${process.pid}:${randomUUID()}`;
    this.#circuits = new Circuits(options);
    this.#leases = new LeaseExtension({
      ...options,
      leaseMs: this.#leaseMs,
      extend: (until) => extendLeases(options.database, this.owner, this.#rows(), until),
    });
    this.#loop = new Loop({
      ...options,
      what: 'queue items',
      look: () => this.#takeDue(),
      nextAt: () => nextItemAt(options.database),
    });
  }

  /** Starts working in the background. */
  start(): void {
    this.#leases.start();
    this.#loop.start();
  }

  /** Something is due: look now. */
  wake(): void {
    this.#loop.wake();
  }

  /**
   * Takes no more items, waits at most so long for those under way, aborts the rest and gives back the leases. Nothing of it
   * uses the database afterwards, except an item that ignores its signal. Never rejects.
   */
  async stop(longestMs: number): Promise<void> {
    const { database, log } = this.#options;
    const finished = this.#finish();
    await Promise.race([finished, pause(longestMs, { keepsAlive: false })]);
    this.#shutdown.abort(new ShuttingDown('the plugin is stopping'));
    await Promise.race([finished, pause(UNWIND_MS, { keepsAlive: false })]);
    this.#leases.stop();
    try {
      await releaseLeases(database, this.owner);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'leases could not be given back; they run out by themselves');
    }
  }

  /** Resolves when no item is under way and none is taken any more: the look under way may still begin some. */
  async #finish(): Promise<void> {
    await this.#loop.stop();
    await Promise.all([...this.#inFlight.values()].map(({ done }) => done));
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
    const { database, clock } = this.#options;
    const claim = { owner: this.owner, now: clock.now(), leaseMs: this.#leaseMs };
    const due = await dueKinds(database, claim.now);
    if (due.size === 0) return 0;
    const state = await this.#circuits.state();
    const probed = new Set<Dependency>();
    let taken = 0;
    for (const [kind, handler] of this.#inOrder(due, state)) {
      taken += await this.#takeKind(kind, handler, claim, state, probed);
    }
    return taken;
  }

  /** The due kinds in the order of their declaration, without counts while access is under way, or due that could be worked on. */
  #inOrder(due: ReadonlySet<string>, { waiting }: CircuitState): [string, Handler][] {
    const { handlers } = this.#options;
    const known = Object.entries(handlers).filter(([kind]) => due.has(kind));
    const unknown = [...due].filter((kind) => !Object.hasOwn(handlers, kind));
    const underWay = [...this.#inFlight.values()].some(({ row }) => handlers[row.kind]?.group === 'access');
    const accessIsDue = known.some(
      ([, { group, needs }]) => group === 'access' && !needs.some((dependency) => waiting.has(dependency)),
    );
    const mayCount = !underWay && !accessIsDue && this.#options.countsWait?.() !== true;
    const now = known.filter(([, { group }]) => group !== 'count' || mayCount);
    return [...now, ...unknown.map((kind): [string, Handler] => [kind, unknownKind])];
  }

  /** `probed`: dependencies of which this look has taken the one try already. */
  async #takeKind(
    kind: string,
    handler: Handler,
    claim: Claim,
    { waiting, probing }: CircuitState,
    probed: Set<Dependency>,
  ): Promise<number> {
    const together = handler.together ?? 1;
    const ofKind = [...this.#inFlight.values()].filter(({ row }) => row.kind === kind);
    const free = handler.atOnce - new Set(ofKind.map(({ done }) => done)).size;
    // Several together: one run a look, and the next look is at once.
    let limit = together > 1 ? together : free;
    if (free <= 0 || handler.needs.some((dependency) => waiting.has(dependency) || probed.has(dependency))) return 0;
    const probes = handler.needs.filter((dependency) => probing.has(dependency));
    if (probes.length > 0) {
      for (const dependency of probes) probed.add(dependency);
      if (!(await this.#circuits.takeProbes(probes))) return 0;
      limit = 1;
    }
    // What is under way is not taken again, even when its lease expired or it was marked anew: it is, once that has ended.
    const except = ofKind.map(({ row }) => row.key);
    const rows = await claimItems(this.#options.database, { ...claim, limit, kinds: [kind], except });
    if (together > 1) this.#begin(rows, handler);
    else for (const row of rows) this.#begin([row], handler);
    return rows.length;
  }

  #begin(rows: readonly QueueItem[], handler: Handler): void {
    if (rows.length === 0) return;
    const parts = { ...this.#options, circuits: this.#circuits, shutdown: this.#shutdown.signal };
    const done = doItems(rows, handler, parts)
      .catch((error: unknown) => {
        const fields = { kind: rows[0]?.kind, keys: rows.map(({ key }) => key), error: messageOf(error) };
        this.#options.log.error(fields, 'the outcome of a queue item could not be recorded; it runs again');
      })
      .finally(() => {
        for (const row of rows) this.#inFlight.delete(nameOf(row));
        this.wake();
      });
    for (const row of rows) this.#inFlight.set(nameOf(row), { row, done });
  }

  #rows(): QueueItem[] {
    return [...this.#inFlight.values()].map(({ row }) => row);
  }
}

function nameOf({ kind, key }: QueueItem): string {
  return JSON.stringify([kind, key]);
}

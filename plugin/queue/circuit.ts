/**
 * One circuit a dependency, kept in the store and shared by all replicas. After a few failures in a row it is down: its work
 * waits, and now and then one piece is let through to see. The longer it is down, the calmer the tries.
 */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { askedWait, LONGEST_WAIT_FOR_DEPENDENCY_MS } from './failure.ts';
import { allOutages, type Dependency, endOutage, recordOutage, takeProbe } from './outages.ts';

/** A single failure is no outage. */
const FAILURES_IN_A_ROW = 3;
const SHORTEST_WAIT_MS = 2_000;
/** Whoever tries has this long before somebody else may: they may have died. A second try of a slow one does no harm. */
const PROBE_MS = 45_000;

export interface CircuitState {
  /** Down, and not yet time for a try. */
  waiting: ReadonlySet<Dependency>;
  /** Down, and time for one try. */
  probing: ReadonlySet<Dependency>;
}

export class Circuits {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #failures = new Map<Dependency, number>();
  /** Since when a dependency is down, as last read: spares a write after every success. */
  readonly #downSince = new Map<Dependency, number>();

  constructor(parts: { database: Database; clock: Clock; log: Logger }) {
    this.#database = parts.database;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** What is down at the moment, seen by any replica. */
  async state(): Promise<CircuitState> {
    const now = this.#clock.now().getTime();
    const outages = await allOutages(this.#database);
    this.#downSince.clear();
    for (const { dependency, since } of outages) this.#downSince.set(dependency, since);
    return {
      waiting: new Set(outages.filter((outage) => outage.retry_at > now).map(({ dependency }) => dependency)),
      probing: new Set(outages.filter((outage) => outage.retry_at <= now).map(({ dependency }) => dependency)),
    };
  }

  /** Takes the next try of everything in `dependencies`; false when another replica has one of them. */
  async takeProbes(dependencies: readonly Dependency[]): Promise<boolean> {
    const now = this.#clock.now();
    for (const dependency of dependencies) {
      if (!(await takeProbe(this.#database, dependency, now, new Date(now.getTime() + PROBE_MS)))) return false;
    }
    return true;
  }

  /** Records that a dependency failed. Returns when it is tried next; null while that is no outage yet. */
  async failed(dependency: Dependency, error: unknown): Promise<Date | null> {
    const failures = (this.#failures.get(dependency) ?? 0) + 1;
    this.#failures.set(dependency, failures);
    const now = this.#clock.now().getTime();
    const since = this.#downSince.get(dependency);
    if (since === undefined && failures < FAILURES_IN_A_ROW && askedWait(error) === 0) return null;
    const age = now - (since ?? now);
    const ownWait =
      Math.min(LONGEST_WAIT_FOR_DEPENDENCY_MS, Math.max(SHORTEST_WAIT_MS, age / 2)) * (0.5 + Math.random() / 2);
    const retryAt = now + Math.round(Math.max(askedWait(error), ownWait));
    await recordOutage(this.#database, { dependency, since: now, error: messageOf(error), retry_at: retryAt });
    if (since === undefined) this.#log.warn({ dependency, error: messageOf(error) }, 'down; its work waits');
    this.#downSince.set(dependency, since ?? now);
    return new Date(retryAt);
  }

  /** Records that a dependency works. */
  async worked(dependency: Dependency): Promise<void> {
    this.#failures.delete(dependency);
    if (!this.#downSince.delete(dependency)) return;
    if (await endOutage(this.#database, dependency)) this.#log.info({ dependency }, 'works again');
  }
}

/** One circuit a dependency, kept in the store: while it is down only a probe now and then is let through. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { allOutages, type Dependency, endOutage, recordOutage } from '../store/outages.ts';
import { askedWait, backOff } from './failure.ts';

/** The longest that recovery of a dependency can go unnoticed, in milliseconds. */
const LONGEST_PROBE_WAIT_MS = 60_000;

export interface CircuitState {
  /** Down, and not yet time for a probe. */
  closed: ReadonlySet<Dependency>;
  /** Down, and time for one probe. */
  probing: ReadonlySet<Dependency>;
}

export class Circuits {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #failures = new Map<Dependency, number>();
  /** Dependencies that this process saw down: spares a write after every success. */
  readonly #down = new Set<Dependency>();

  constructor(parts: { database: Database; clock: Clock; log: Logger }) {
    this.#database = parts.database;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** What is down at the moment, seen by any replica. */
  async state(): Promise<CircuitState> {
    const now = this.#clock.now().getTime();
    const outages = await allOutages(this.#database);
    this.#down.clear();
    for (const { dependency } of outages) this.#down.add(dependency);
    return {
      closed: new Set(outages.filter((outage) => outage.retry_at > now).map(({ dependency }) => dependency)),
      probing: new Set(outages.filter((outage) => outage.retry_at <= now).map(({ dependency }) => dependency)),
    };
  }

  /** Records that a dependency failed. Returns when it is tried next. */
  async failed(dependency: Dependency, error: unknown): Promise<Date> {
    const failures = (this.#failures.get(dependency) ?? 0) + 1;
    this.#failures.set(dependency, failures);
    const now = this.#clock.now().getTime();
    const wait = Math.max(askedWait(error), backOff(failures - 1, Math.random(), LONGEST_PROBE_WAIT_MS));
    const outage = { dependency, since: now, error: messageOf(error), retry_at: now + Math.round(wait) };
    await recordOutage(this.#database, outage);
    if (!this.#down.has(dependency))
      this.#log.warn({ dependency, error: outage.error }, 'a dependency is down; work waits');
    this.#down.add(dependency);
    return new Date(outage.retry_at);
  }

  /** Records that a dependency works. */
  async worked(dependency: Dependency): Promise<void> {
    this.#failures.delete(dependency);
    if (!this.#down.delete(dependency)) return;
    if (await endOutage(this.#database, dependency)) this.#log.info({ dependency }, 'a dependency works again');
  }
}

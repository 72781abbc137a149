/** Bad weather: one after the other, and at the same time, everything that the plugin depends on fails for a moment. */
import { DatabaseSync } from 'node:sqlite';
import type { FaultyProxy, ProxyMode } from '../support/faulty-proxy.ts';

export interface WeatherOptions {
  random: () => number;
  /** By the name of what is behind it. */
  proxies: Readonly<Record<string, FaultyProxy>>;
  /** The plugin's SQLite file, which another process may hold locked for a moment; null on PostgreSQL. */
  storeFile: string | null;
}

const MODES: readonly ProxyMode[] = ['refuse', 'silent', 'cut'];
const FAIR_MS = { shortest: 1_000, longest: 6_000 };
const FOUL_MS = { shortest: 200, longest: 2_500 };
const LOOK_EVERY_MS = 25;

export class Weather {
  /** How often each failed. */
  readonly counts = new Map<string, number>();
  readonly #options: WeatherOptions;
  readonly #running: Promise<void>[] = [];
  #isCalm = false;

  constructor(options: WeatherOptions) {
    this.#options = options;
  }

  start(): void {
    for (const [name, proxy] of Object.entries(this.#options.proxies)) {
      this.#running.push(
        this.#storms(name, async (milliseconds) => {
          proxy.setMode(MODES[Math.floor(this.#options.random() * MODES.length)] ?? 'refuse');
          await this.#while(milliseconds);
          proxy.setMode('pass');
        }),
      );
    }
    const { storeFile } = this.#options;
    if (storeFile) this.#running.push(this.#storms('store', (milliseconds) => this.#lock(storeFile, milliseconds)));
  }

  /** Everything works from now on. */
  async calm(): Promise<void> {
    this.#isCalm = true;
    await Promise.all(this.#running);
  }

  async #storms(name: string, storm: (milliseconds: number) => Promise<void>): Promise<void> {
    while (!this.#isCalm) {
      await this.#while(this.#between(FAIR_MS));
      if (this.#isCalm) return;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      await storm(this.#between(FOUL_MS));
    }
  }

  async #lock(file: string, milliseconds: number): Promise<void> {
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      database.exec('BEGIN IMMEDIATE');
      await this.#while(milliseconds);
      database.exec('ROLLBACK');
    } catch {
      // The plugin writes at this very moment: another time.
    } finally {
      database.close();
    }
  }

  /** Waits so long, or until it is calm. */
  async #while(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    while (!this.#isCalm && performance.now() < until) await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }

  #between({ shortest, longest }: { shortest: number; longest: number }): number {
    return shortest + this.#options.random() * (longest - shortest);
  }
}

/** Answers that are believed for a while: at most so many, the oldest are forgotten first. */
import type { Clock } from '../clock.ts';

export class Remembered<Answer> {
  readonly #options: { clock: Clock; forMs: number; most: number };
  readonly #entries = new Map<string, { answer: Answer; until: number }>();

  constructor(options: { clock: Clock; forMs: number; most: number }) {
    this.#options = options;
  }

  get(key: string): Answer | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (this.#options.clock.now().getTime() < entry.until) return entry.answer;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, answer: Answer): void {
    this.#entries.delete(key);
    this.#entries.set(key, { answer, until: this.#options.clock.now().getTime() + this.#options.forMs });
    if (this.#entries.size <= this.#options.most) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

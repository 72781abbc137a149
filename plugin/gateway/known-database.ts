/** Whether the gateway may believe its records: whose account is whose, and who works where, is known of one database of the tool only. */
import { AnotherDatabase, insistOnOurDatabase } from '../access/tool-database.ts';
import type { PluginContext } from '../context.ts';

/** Every request of somebody who is signed in wants to know. */
const BELIEVED_MS = 5_000;
/** From then on somebody's request looks again, and does not wait for it: a look takes as long as many a request. */
const LOOKED_AGAIN_MS = 4_000;

type Parts = Pick<PluginContext, 'database' | 'clock' | 'tool'>;

interface Look {
  at: number;
  /** Rejects when it is another one. */
  found: Promise<void>;
  isLookedAgain: boolean;
}

export class KnownDatabase {
  readonly #parts: Parts;
  #last: Look | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws {@link AnotherDatabase} when it is another one; one that cannot be read is what it was last seen to be. */
  insist(): Promise<void> {
    const last = this.#last;
    const age = last ? this.#parts.clock.now().getTime() - last.at : Number.POSITIVE_INFINITY;
    if (!last || age >= BELIEVED_MS) return this.#look();
    if (age >= LOOKED_AGAIN_MS && !last.isLookedAgain) {
      last.isLookedAgain = true;
      this.#lookAhead();
    }
    return last.found;
  }

  #look(): Promise<void> {
    const look = this.#begin();
    this.#last = look;
    look.found.catch((error: unknown) => {
      if (!(error instanceof AnotherDatabase) && this.#last === look) this.#last = null;
    });
    return look.found;
  }

  #lookAhead(): void {
    const look = this.#begin();
    const believe = (): void => {
      if (!this.#last || this.#last.at < look.at) this.#last = look;
    };
    // Whoever must look themselves sees any other error.
    look.found.then(believe, (error: unknown) => error instanceof AnotherDatabase && believe());
  }

  #begin(): Look {
    const { tool, clock } = this.#parts;
    return {
      at: clock.now().getTime(),
      found: insistOnOurDatabase(tool, this.#parts, false),
      isLookedAgain: false,
    };
  }
}

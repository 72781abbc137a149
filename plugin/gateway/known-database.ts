/** Whether the gateway may believe its records: whose account is whose, and who works where, is known of one database of the tool only. */
import { AnotherDatabase, insistOnOurDatabase } from '../access/tool-database.ts';
import type { PluginContext } from '../context.ts';
import { Remembered } from './remembered.ts';

/** Every request of somebody who is signed in wants to know. */
const BELIEVED_MS = 5_000;

type Parts = Pick<PluginContext, 'database' | 'clock' | 'tool'>;

export class KnownDatabase {
  readonly #parts: Parts;
  readonly #looks: Remembered<Promise<void>>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#looks = new Remembered({ clock: parts.clock, forMs: BELIEVED_MS, most: 1 });
  }

  /** Throws {@link AnotherDatabase} when it is another one; one that cannot be read is what it was last seen to be. */
  insist(): Promise<void> {
    const known = this.#looks.get('');
    if (known) return known;
    const look = insistOnOurDatabase(this.#parts.tool, this.#parts, false);
    this.#looks.set('', look);
    look.catch((error: unknown) => {
      if (!(error instanceof AnotherDatabase)) this.#looks.delete('');
    });
    return look;
  }
}

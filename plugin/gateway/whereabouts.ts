/** To which project things of the tool belong: asked once, remembered for a while. A task does not change its project in daily work. */
import type { Thing, Whereabouts } from '../../adapters/gateway.ts';
import type { ToolAdapter } from '../../adapters/tool.ts';
import type { Clock } from '../clock.ts';
import { thingKey } from './decide.ts';
import { Remembered } from './remembered.ts';

const REMEMBERED_MS = 5 * 60_000;
const MOST_THINGS = 50_000;

export class WhereaboutsOfThings {
  readonly #tool: Pick<ToolAdapter, 'locate'>;
  readonly #known: Remembered<Whereabouts>;

  constructor({ tool, clock }: { tool: Pick<ToolAdapter, 'locate'>; clock: Clock }) {
    this.#tool = tool;
    this.#known = new Remembered({ clock, forMs: REMEMBERED_MS, most: MOST_THINGS });
  }

  /** By {@link thingKey}; null for what does not exist, which is asked again the next time. Throws what the adapter throws. */
  async find(things: readonly Thing[]): Promise<Map<string, Whereabouts | null>> {
    const found = new Map<string, Whereabouts | null>();
    const unknown: Thing[] = [];
    for (const thing of things) {
      const known = this.#known.get(thingKey(thing));
      if (known) found.set(thingKey(thing), known);
      else unknown.push(thing);
    }
    if (unknown.length === 0) return found;
    const answers = (await this.#tool.locate?.(unknown)) ?? [];
    for (const [index, thing] of unknown.entries()) {
      const where = answers[index] ?? null;
      if (where) this.#known.set(thingKey(thing), where);
      found.set(thingKey(thing), where);
    }
    return found;
  }
}

/** All that the pages can show at once. */
import type { AccessWorld } from './access-world.ts';
import { fillBelievably } from './believable.ts';
import { fillBudgets } from './believable-budgets.ts';
import { fillFlags } from './believable-flags.ts';
import { fillHeld } from './believable-held.ts';
import { fillRuns } from './believable-runs.ts';

/** Fills an empty store with data of every kind, and does the work that is due. */
export async function fillEverything(world: AccessWorld): Promise<void> {
  await fillBelievably(world);
  await fillBudgets(world);
  await fillFlags(world);
  await fillHeld(world);
  await world.work();
  await fillRuns(world);
}

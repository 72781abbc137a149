/** The one path that start-up, timer, recovery and command share: read OpenTrain's state, then make access equal to it. */
import { type ConvergeOptions, convergeTrainers } from '../access/converge.ts';
import type { PluginContext } from '../context.ts';
import { type Refreshed, refreshFromOpenTrain } from '../opentrain/refresh.ts';

export interface Reconciled {
  refreshed: Refreshed;
  access: Awaited<ReturnType<typeof convergeTrainers>>;
}

/** Throws what reading OpenTrain throws; an AggregateError when some trainers' access could not be changed now. */
export async function reconcile(
  context: PluginContext,
  cause: string,
  options: ConvergeOptions = {},
): Promise<Reconciled> {
  const refreshed = await refreshFromOpenTrain(context, cause);
  return { refreshed, access: await convergeTrainers(context, 'all', cause, options) };
}

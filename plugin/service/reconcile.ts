/** The one path that start-up, timer, recovery and command share: read OpenTrain's state, then make access equal to it. */
import { type ConvergeOptions, convergeTrainers } from '../access/converge.ts';
import { markSpentBudgets } from '../budget/budgets.ts';
import type { PluginContext } from '../context.ts';
import { type Refreshed, refreshFromOpenTrain } from '../mirror/refresh.ts';

export interface Reconciled {
  refreshed: Refreshed;
  access: Awaited<ReturnType<typeof convergeTrainers>>;
}

/** Reads links and contracts, and marks the budgets that must be read again as due. Throws what the client throws. */
export async function readOpenTrain(context: PluginContext, cause: string): Promise<Refreshed> {
  const refreshed = await refreshFromOpenTrain(context, cause);
  await markSpentBudgets(context, cause);
  return refreshed;
}

/** Throws what reading OpenTrain throws; an AggregateError when some trainers' access could not be changed now. */
export async function reconcile(
  context: PluginContext,
  cause: string,
  options: ConvergeOptions = {},
): Promise<Reconciled> {
  const refreshed = await readOpenTrain(context, cause);
  return { refreshed, access: await convergeTrainers(context, 'all', cause, options) };
}

/** Budgets with what an admin should know of them: by thresholds of their own, or because OpenTrain says LOW. */
import type { PluginContext } from '../context.ts';
import { budgetsNearEnd } from './budget-rows.ts';
import { type BudgetStatus, budgetStatus, readBudgets } from './budget-status.ts';
import { readThresholds } from './threshold-rows.ts';
import { type BudgetWarning, budgetWarning, type Thresholds, thresholdOf, widest } from './thresholds.ts';

export interface WarnedBudget extends BudgetStatus {
  warning: BudgetWarning;
}

/** All budgets, or those of active contracts that are spent or that a threshold concerns; the most used first. */
export async function readWarnedBudgets(
  { database, clock }: Pick<PluginContext, 'database' | 'clock'>,
  which: 'all' | 'attention',
): Promise<WarnedBudget[]> {
  const now = clock.now().getTime();
  const thresholds = await readThresholds(database);
  if (which === 'all') return warned(await readBudgets(database, 'all'), thresholds, now);
  const spent = await readBudgets(database, 'spent');
  const known = new Set(spent.map(({ contractId }) => contractId));
  const near = (await budgetsNearEnd(database, widest(thresholds, now)))
    .map(budgetStatus)
    .filter(({ contractId }) => !known.has(contractId));
  const told = warned(near, thresholds, now).filter(({ warning }) => warning !== null);
  return [...warned(spent, thresholds, now), ...told].sort(
    (a, b) => (b.consumedFraction ?? 0) - (a.consumedFraction ?? 0),
  );
}

/** Each with its warning; ended contracts have none. */
export function warned<Status extends BudgetStatus>(
  budgets: readonly Status[],
  thresholds: Thresholds,
  now: number,
): (Status & { warning: BudgetWarning })[] {
  return budgets.map((budget) => ({
    ...budget,
    warning:
      budget.contractStatus === 'ended' ? null : budgetWarning(budget, thresholdOf(thresholds, budget.jobId), now),
  }));
}

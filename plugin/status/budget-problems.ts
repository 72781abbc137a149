/** Budgets that are used up, or nearly: as OpenTrain says, or by thresholds of one's own. Pure. */
import type { WarnedBudget } from '../budget/warned-budgets.ts';
import type { Status, UngroupedProblem } from './status-types.ts';

const FUND = 'Fund its next milestone on OpenTrain.';

/** Those of contracts that have not ended. */
export function budgetProblems({ budgets, at }: Pick<Status, 'budgets' | 'at'>): UngroupedProblem[] {
  return budgets.filter(({ contractStatus }) => contractStatus !== 'ended').flatMap((budget) => problemOf(budget, at));
}

/** Contracts of one job have one title: the id tells them apart, and the page names the trainers. */
function problemOf(budget: WarnedBudget, now: number): UngroupedProblem[] {
  const { contractId, title, state, warning } = budget;
  const name = title === null ? contractId : `${title} (${contractId})`;
  const page = { path: budgetPath(contractId), name: 'Open the budget' };
  const told = { since: budget.at, page };
  if (state === 'DEPLETED') {
    const what = `The budget of ${name} is DEPLETED.`;
    return [{ matter: 'budget-depleted', severity: 'urgent', what, remedy: FUND, ...told }];
  }
  if (warning === null) return [];
  const remedy = `${FUND} Thresholds are set on the console’s Budgets page.`;
  if (warning.kind === 'used') {
    const what = `The budget of ${name} is ${Math.floor((budget.consumedFraction ?? 0) * 100)} % used; your threshold is ${warning.limit} %.`;
    return [{ matter: 'budget-threshold', severity: 'watch', what, remedy, ...told }];
  }
  if (warning.kind === 'ends') {
    const what = `The budget of ${name} lasts ${daysUntil(budget.fundedUntil, now)} at its pace; your threshold is ${warning.limit} days.`;
    return [{ matter: 'budget-threshold', severity: 'watch', what, remedy, ...told }];
  }
  return [{ matter: 'budget-low', severity: 'watch', what: `The budget of ${name} is LOW.`, remedy: FUND, ...told }];
}

/** The address of a budget's page in the console. */
export function budgetPath(contractId: string): string {
  return `/console/budgets/${encodeURIComponent(contractId)}`;
}

function daysUntil(end: number | null, now: number): string {
  const days = Math.max(0, Math.ceil(((end ?? now) - now) / 86_400_000));
  return days === 0 ? 'no longer' : `${days} more ${days === 1 ? 'day' : 'days'}`;
}

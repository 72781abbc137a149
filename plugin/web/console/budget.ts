/** One budget: how it burns down, until when it lasts, what was told about it, and the thresholds of its job. */
import type { RequestHandler } from 'express';
import { findBudget } from '../../budget/budget-rows.ts';
import { type BudgetStatus, milestoneText, readBudgets } from '../../budget/budget-status.ts';
import { budgetChanges, burnDown, type ToldBudget } from '../../budget/burn-down.ts';
import { readForecasts } from '../../budget/forecast.ts';
import { readThresholds } from '../../budget/threshold-rows.ts';
import { noThreshold, thresholdOf, thresholdText } from '../../budget/thresholds.ts';
import { warned } from '../../budget/warned-budgets.ts';
import { findContract } from '../../mirror/contracts.ts';
import { budgetPath } from '../../status/budget-problems.ts';
import { pathPart } from '../forms.ts';
import { peopleOf } from './budget-people.ts';
import { type BurnDownChart, burnDownChart, type Left } from './burn-down-chart.ts';
import type { Console } from './console.ts';
import { readOpenPage } from './paging.ts';

const BUDGETS = '/console/budgets';
const DAY_MS = 86_400_000;
const DAYS_SHOWN = 90;

/** Shows the budget of the contract whose id the address has. */
export function showBudget(console: Console): RequestHandler {
  const { database, clock } = console.context;
  return async (request, response) => {
    const id = pathPart(request, 'id');
    const [contract, row] = [await findContract(database, id), await findBudget(database, id)];
    const [told] = await readBudgets(database, [id]);
    if (!contract || !row || !told) {
      const remedy = 'Open the Budgets page and look for it there.';
      return console.problem(request, response, 404, 'No budget of this contract is known.', remedy);
    }
    const now = clock.now().getTime();
    const thresholds = await readThresholds(database);
    const threshold = thresholdOf(thresholds, contract.job_id);
    const [forecast] = await readForecasts(console.context, [told]);
    const [budget] = warned([{ ...told, fundedUntil: forecast?.fundedUntil ?? null }], thresholds, now);
    const days = await daysOf(console, told, now);
    console.page(request, response, 'budget', {
      title: `Budget of ${contract.title ?? contract.id}`,
      section: BUDGETS,
      ...{ contract, budget, forecast, days, milestoneText, now },
      unit: unitOf(told),
      people: (await peopleOf(console, [id])).get(id) ?? [],
      chart: chartOf(days, told, budget?.fundedUntil ?? null, threshold.usedPercent),
      own: thresholds.jobs.get(contract.job_id) ?? noThreshold,
      applies: thresholdText(threshold),
      all: thresholdText(thresholds.all),
      ...(await readOpenPage(request, budgetPath(id), (window) => budgetChanges(database, id, window))),
    });
  };
}

/** "labels", "hours". */
function unitOf({ paymentType }: BudgetStatus): string {
  if (paymentType === 'PAY_PER_LABEL') return 'labels';
  return paymentType === 'PAY_PER_HOUR' ? 'hours' : '';
}

/** What was told on each of the last days, and what is so now. */
async function daysOf({ context }: Console, budget: BudgetStatus, now: number): Promise<ToldBudget[]> {
  const days = await burnDown(context.database, budget.contractId, now - DAYS_SHOWN * DAY_MS);
  const latest = days.at(-1);
  const at = Math.max(now, latest?.at ?? 0);
  return [...days, { ...budget, at }];
}

function chartOf(
  days: readonly ToldBudget[],
  { fundedVolume }: BudgetStatus,
  fundedUntil: number | null,
  usedPercent: number | null,
): BurnDownChart | null {
  const left = days.flatMap((day): Left[] =>
    day.fundedVolume === null || day.consumedVolume === null
      ? []
      : [{ at: day.at, left: Math.max(0, day.fundedVolume - day.consumedVolume) }],
  );
  const warnAt = usedPercent === null || fundedVolume === null ? null : fundedVolume * (1 - usedPercent / 100);
  return burnDownChart(left, { fundedUntil, warnAt });
}

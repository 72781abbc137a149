/** Budgets: every active contract by name, what is used of its budget, until when that lasts, and from when on to be told. */
import { type Request, Router } from 'express';
import { contractsByBudget } from '../../budget/budget-rows.ts';
import { milestoneText, readBudgets } from '../../budget/budget-status.ts';
import { readForecasts } from '../../budget/forecast.ts';
import { readThresholds, setThreshold } from '../../budget/threshold-rows.ts';
import { thresholdText } from '../../budget/thresholds.ts';
import { warned } from '../../budget/warned-budgets.ts';
import { findContracts } from '../../mirror/contracts.ts';
import { budgetPath } from '../../status/budget-problems.ts';
import { readJobs } from '../../status/jobs.ts';
import { dayOf } from '../../usage/days.ts';
import { field } from '../forms.ts';
import { showBudget } from './budget.ts';
import { peopleOf } from './budget-people.ts';
import type { Console } from './console.ts';
import { readPage } from './paging.ts';

const PATH = '/console/budgets';

/** The routes below /console/budgets. */
export function budgets(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const page = await readPage(request, PATH, contractsByBudget(context.database));
    const contracts = new Map((await findContracts(context.database, page.rows)).map((row) => [row.id, row]));
    const now = context.clock.now().getTime();
    const thresholds = await readThresholds(context.database);
    const told = await readBudgets(context.database, page.rows);
    const forecasts = new Map((await readForecasts(context, told)).map((forecast) => [forecast.contractId, forecast]));
    const current = told.map((budget) => ({
      ...budget,
      fundedUntil: forecasts.get(budget.contractId)?.fundedUntil ?? null,
    }));
    const byContract = new Map(warned(current, thresholds, now).map((budget) => [budget.contractId, budget]));
    const people = await peopleOf(console, page.rows);
    console.page(request, response, 'budgets', {
      title: 'Budgets',
      section: PATH,
      ...page,
      now,
      milestoneText,
      thresholds,
      jobsWithOwn: await jobsWithOwn(console, [...thresholds.jobs.keys()]),
      rows: page.rows.map((id) => ({
        id,
        path: budgetPath(id),
        title: contracts.get(id)?.title ?? id,
        jobId: contracts.get(id)?.job_id ?? '',
        people: people.get(id) ?? [],
        budget: byContract.get(id) ?? null,
      })),
    });
  });
  router.post('/thresholds', changeThreshold(console));
  router.get('/:id', showBudget(console));
  return router;
}

/** The jobs that have thresholds of their own, by name. */
async function jobsWithOwn({ context }: Console, ids: readonly string[]) {
  if (ids.length === 0) return [];
  const { jobs } = await readThresholds(context.database);
  const today = dayOf(context.clock.now(), context.settings.usage.timezone);
  const named = await readJobs(context.database, ids, today);
  return named.map(({ id, title }) => {
    const own = jobs.get(id);
    return { id, title: title ?? id, text: own ? thresholdText(own) : '' };
  });
}

function changeThreshold(console: Console) {
  return console.action(async (request) => {
    const job = field(request, 'job');
    const wanted = { usedPercent: numberIn(request, 'used'), daysLeft: numberIn(request, 'days') };
    await setThreshold(console.context, job === '' ? null : job, wanted, console.actor(request));
    const contract = field(request, 'contract');
    return { back: contract === '' ? PATH : budgetPath(contract), done: 'threshold' };
  });
}

/** null for an empty field; what is no number is refused as out of range. */
function numberIn(request: Request, name: string): number | null {
  const text = field(request, name).trim();
  return text === '' ? null : Number(text);
}

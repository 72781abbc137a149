/** Usage: what OpenTrain accepted per day, budgets, what was refused, and what changed after it had been reported. */
import { Router } from 'express';
import { contractsByBudget } from '../../budget/budget-rows.ts';
import { type BudgetStatus, readBudgets } from '../../budget/budget-status.ts';
import type { PluginContext } from '../../context.ts';
import { findContracts } from '../../mirror/contracts.ts';
import { findTrainers } from '../../mirror/trainers.ts';
import { whoIs } from '../../status/people.ts';
import { type DayTotals, usageByDay, usageOfDay } from '../../status/usage.ts';
import { addDays, dayOf, isDay } from '../../usage/days.ts';
import { readRefusals } from '../../usage/refused-days.ts';
import { latestCorrections } from '../../usage/usage-corrections.ts';
import type { Console } from './console.ts';
import { queryText, readPage } from './paging.ts';

const PATH = '/console/usage';
const RANGES = [30, 90, 365] as const;
const DAY_MS = 86_400_000;
const CORRECTIONS_SHOWN = 100;
const REFUSALS_SHOWN = 100;
const BUDGETS_SHOWN = 20;

/** The route /console/usage. */
export function usage(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const range = RANGES.find((days) => String(days) === request.query.days) ?? RANGES[0];
    const now = context.clock.now();
    const today = dayOf(now, context.settings.usage.timezone);
    const days = await usageByDay(context, addDays(today, 1 - range));
    const chosen = queryText(request, 'day');
    console.page(request, response, 'usage', {
      title: 'Usage',
      section: PATH,
      scripts: ['uplot.js', 'usage-chart.js'],
      styles: ['uplot.css'],
      ranges: RANGES,
      range,
      timezone: context.settings.usage.timezone,
      days,
      chart: JSON.stringify(chartOf(days, addDays(today, 1 - range), range)),
      day: isDay(chosen) ? chosen : null,
      ...(isDay(chosen) ? await readPage(request, PATH, usageOfDay(context, chosen)) : {}),
      budgets: await budgetsShown(context),
      refusals: await readRefusals(context, REFUSALS_SHOWN),
      corrections: await corrections(console, new Date(now.getTime() - range * DAY_MS)),
    });
  });
  return router;
}

interface Chart {
  /** Seconds since 1970 UTC of each day's start. */
  days: number[];
  labels: number[];
  tasks: number[];
}

/** Every day of the range, those without work as 0. */
function chartOf(totals: readonly DayTotals[], first: string, count: number): Chart {
  const byDay = new Map(totals.map((row) => [row.day, row]));
  const days = Array.from({ length: count }, (_, index) => addDays(first, index));
  return {
    days: days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1_000),
    labels: days.map((day) => byDay.get(day)?.labels ?? 0),
    tasks: days.map((day) => byDay.get(day)?.tasks ?? 0),
  };
}

/** The budgets of active contracts that are used up first; all of them have a page of their own. */
async function budgetsShown({ database }: PluginContext): Promise<BudgetStatus[]> {
  return readBudgets(database, await contractsByBudget(database).read({ offset: 0, limit: BUDGETS_SHOWN }));
}

async function corrections({ context }: Console, from: Date) {
  const { database } = context;
  const rows = await latestCorrections(database, from, CORRECTIONS_SHOWN);
  const contracts = await findContracts(database, [...new Set(rows.map(({ contract_id }) => contract_id))]);
  const trainers = await findTrainers(database, [...new Set(rows.map(({ trainer_id }) => trainer_id))]);
  const titles = new Map(contracts.map((row) => [row.id, row.title]));
  const names = new Map(
    trainers.map((row) => [row.id, whoIs({ id: row.id, displayName: row.display_name, workEmail: row.work_email })]),
  );
  return rows.map((row) => ({
    at: row.at,
    day: row.work_date,
    contract: titles.get(row.contract_id) ?? row.contract_id,
    trainer: names.get(row.trainer_id) ?? row.trainer_id,
    tasks: row.tasks_change,
    labels: row.labels_change,
    seconds: row.seconds_change,
  }));
}

/** Budgets: every active contract by name, what is used of its budget, and until when that lasts. */
import { Router } from 'express';
import { contractsByBudget } from '../../budget/budget-rows.ts';
import { milestoneText, readBudgets } from '../../budget/budget-status.ts';
import { readForecasts } from '../../budget/forecast.ts';
import { findContracts } from '../../mirror/contracts.ts';
import { contractTrainersOf, findTrainers } from '../../mirror/trainers.ts';
import { whoIs } from '../../status/people.ts';
import type { Console } from './console.ts';
import { readPage } from './paging.ts';
import { trainerPath } from './trainer.ts';

const PATH = '/console/budgets';

/** The route /console/budgets. */
export function budgets(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const page = await readPage(request, PATH, contractsByBudget(context.database));
    const contracts = new Map((await findContracts(context.database, page.rows)).map((row) => [row.id, row]));
    const told = await readBudgets(context.database, page.rows);
    const forecasts = new Map((await readForecasts(context, told)).map((forecast) => [forecast.contractId, forecast]));
    const people = await peopleOf(console, page.rows);
    const byContract = new Map(told.map((budget) => [budget.contractId, budget]));
    console.page(request, response, 'budgets', {
      title: 'Budgets',
      section: PATH,
      ...page,
      now: context.clock.now().getTime(),
      milestoneText,
      rows: page.rows.map((id) => ({
        id,
        title: contracts.get(id)?.title ?? id,
        jobId: contracts.get(id)?.job_id ?? '',
        people: people.get(id) ?? [],
        budget: byContract.get(id) ?? null,
        forecast: forecasts.get(id) ?? null,
      })),
    });
  });
  return router;
}

interface Person {
  name: string;
  path: string;
}

/** Who works under each of these contracts. */
async function peopleOf({ context }: Console, contractIds: readonly string[]): Promise<Map<string, Person[]>> {
  const { database } = context;
  const rows = await contractTrainersOf(database, contractIds);
  const trainers = await findTrainers(database, [...new Set(rows.map(({ trainer_id }) => trainer_id))]);
  const people = new Map(
    trainers.map(({ id, display_name, work_email }) => [
      id,
      { name: whoIs({ id, displayName: display_name, workEmail: work_email }), path: trainerPath(id) },
    ]),
  );
  const byContract = Map.groupBy(rows, ({ contract_id }) => contract_id);
  return new Map(
    [...byContract].map(([id, members]) => [id, members.flatMap(({ trainer_id }) => people.get(trainer_id) ?? [])]),
  );
}

/** Budgets: every active contract by name, what is used of its budget, and until when that lasts. */
import { Router } from 'express';
import { readBudgets } from '../../budget/budget-status.ts';
import { readForecasts } from '../../budget/forecast.ts';
import { allContracts, type ContractRow } from '../../mirror/contracts.ts';
import { contractTrainersOf, findTrainers } from '../../mirror/trainers.ts';
import { whoIs } from '../../status/people.ts';
import type { Console } from './console.ts';
import { pageOf } from './paging.ts';
import { trainerPath } from './trainer.ts';

const PATH = '/console/budgets';

/** The route /console/budgets. */
export function budgets(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const contracts = await allContracts(context.database);
    const told = await readBudgets(context, contracts);
    const order = new Map((await readForecasts(context, told)).map((forecast) => [forecast.contractId, forecast]));
    const place = new Map([...order.keys()].map((id, index) => [id, index]));
    const placeOf = ({ id }: ContractRow): number => place.get(id) ?? order.size;
    const active = contracts.filter(({ status }) => status === 'active').sort((a, b) => placeOf(a) - placeOf(b));
    const page = pageOf(request, PATH, active);
    const people = await peopleOf(console, page.rows);
    const byContract = new Map(told.map((budget) => [budget.contractId, budget]));
    console.page(request, response, 'budgets', {
      title: 'Budgets',
      section: PATH,
      ...page,
      now: context.clock.now().getTime(),
      rows: page.rows.map((contract) => ({
        id: contract.id,
        title: contract.title ?? contract.id,
        jobId: contract.job_id,
        people: people.get(contract.id) ?? [],
        budget: byContract.get(contract.id) ?? null,
        forecast: order.get(contract.id) ?? null,
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
async function peopleOf({ context }: Console, contracts: readonly ContractRow[]): Promise<Map<string, Person[]>> {
  const { database } = context;
  const rows = await contractTrainersOf(
    database,
    contracts.map(({ id }) => id),
  );
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

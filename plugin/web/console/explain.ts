/** One day of a contract, annotation by annotation: what counted, and what did not, and why. Read from the tool when it is opened. */
import { type Request, Router } from 'express';
import { AdminError } from '../../errors.ts';
import { forPeople } from '../../errors-for-people.ts';
import { whoIs } from '../../status/people.ts';
import { addDays, isDay } from '../../usage/days.ts';
import { type Explanation, explainDay } from '../../usage/explain-day.ts';
import type { Console } from './console.ts';
import { pageOf, queryText } from './paging.ts';

export const EXPLAIN_PATH = '/console/explain';

/** The route /console/explain?contract=ID&day=YYYY-MM-DD. */
export function explain(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const contract = queryText(request, 'contract');
    const day = queryText(request, 'day');
    if (contract === '' || !isDay(day)) {
      console.problem(request, response, 400, 'This page is about one contract on one day.', 'Open it from Usage.');
      return;
    }
    try {
      console.page(request, response, 'explain', {
        title: 'Explained',
        section: '/console/usage',
        ...view(request, await explainDay(context, contract, day)),
      });
    } catch (error) {
      const told = forPeople(context.settings, error);
      if (!(told instanceof AdminError)) throw error;
      console.problem(request, response, 409, told.message, told.remedy);
    }
  });
  return router;
}

function view(request: Request, explanation: Explanation) {
  const { contractId, contract, day, timezone, trainers } = explanation;
  const address = (other: string): string =>
    `${EXPLAIN_PATH}?${new URLSearchParams({ contract: contractId, day: other })}`;
  const people = trainers.map(({ annotations: _annotations, name, trainerId, workEmail, ...trainer }) => ({
    ...trainer,
    who: whoIs({ id: trainerId, displayName: name, workEmail }),
  }));
  const lines = trainers.flatMap(({ annotations, name, trainerId, workEmail }) =>
    annotations.map((line) => ({ ...line, who: whoIs({ id: trainerId, displayName: name, workEmail }) })),
  );
  return {
    ...{ contractId, contract: contract ?? contractId, day, timezone, people },
    dayBefore: address(addDays(day, -1)),
    dayAfter: address(addDays(day, 1)),
    ...pageOf(request, EXPLAIN_PATH, lines),
  };
}

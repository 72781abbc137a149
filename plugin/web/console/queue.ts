/** The queue: what is due, what fails and why, what waits for what. */
import { Router } from 'express';
import { AdminError } from '../../errors.ts';
import { itemList, retryItems } from '../../queue/items.ts';
import { readOutages } from '../../status/connection.ts';
import { dependencyNames } from '../../status/problems.ts';
import { queueList } from '../../status/waiting.ts';
import { field } from '../forms.ts';
import type { Console } from './console.ts';
import { readPage } from './paging.ts';

const PATH = '/console/queue';

/** The routes below /console/queue. */
export function queue(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const down = (await readOutages(context)).map(({ dependency }) => dependency);
    const now = context.clock.now().getTime();
    const page = await readPage(request, PATH, queueList(context, down, {}));
    console.page(request, response, 'queue', {
      title: 'Queue',
      section: PATH,
      failing: await itemList(context.database, { onlyFailing: true }).count(),
      ...page,
      rows: page.rows.map((row) => ({
        ...row,
        isDue: row.dueAt !== null && row.dueAt <= now,
        waitingFor: row.waitingFor.map((dependency) => dependencyNames[dependency]).join(' and '),
      })),
    });
  });
  router.post(
    '/retry',
    console.action(async (request) => {
      const [kind, key] = [field(request, 'kind'), field(request, 'key')];
      const retried = await retryItems(context.database, context.clock.now(), kind ? { kind, key } : undefined);
      if (retried === 0) throw new AdminError('Nothing of this is failing any more.', 'Open the page anew.');
      return { back: PATH, done: 'retried' };
    }),
  );
  return router;
}

/** Work: what is due, what fails and why, what waits for what. */
import { Router } from 'express';
import { AdminError } from '../../errors.ts';
import { readOutages } from '../../status/connection.ts';
import { dependencyNames } from '../../status/problems.ts';
import { readWork } from '../../status/waiting.ts';
import { retryWork } from '../../store/work.ts';
import { field } from '../forms.ts';
import type { Console } from './console.ts';
import { pageOf } from './paging.ts';

const PATH = '/console/work';

/** The routes below /console/work. */
export function work(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const down = (await readOutages(context)).map(({ dependency }) => dependency);
    const now = context.clock.now().getTime();
    const all = (await readWork(context, down)).map((row) => ({
      ...row,
      isDue: row.dueAt !== null && row.dueAt <= now,
      waitingFor: row.waitingFor.map((dependency) => dependencyNames[dependency]).join(' and '),
    }));
    console.page(request, response, 'work', {
      title: 'Work',
      section: PATH,
      failing: all.filter(({ failingSince }) => failingSince !== null).length,
      ...pageOf(request, PATH, all),
    });
  });
  router.post(
    '/retry',
    console.action(async (request) => {
      const [kind, key] = [field(request, 'kind'), field(request, 'key')];
      const retried = await retryWork(context.database, context.clock.now(), kind ? { kind, key } : undefined);
      if (retried === 0) throw new AdminError('Nothing of this is failing any more.', 'Open the page anew.');
      return { back: PATH, done: 'retried' };
    }),
  );
  return router;
}

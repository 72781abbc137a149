/** What an admin does about accounts that nobody knows, from the Trainers page. */
import { type Request, Router } from 'express';
import { confirmAccount } from '../../access/confirm-account.ts';
import { closeNewAccount, confirmColleague } from '../../access/new-accounts.ts';
import { AdminError } from '../../errors.ts';
import { field } from '../forms.ts';
import type { Console } from './console.ts';

const back = '/console/trainers';

/** The routes below /console/accounts. */
export function accounts(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.post(
    '/close',
    console.action(async (request) => {
      const [left] = await closeNewAccount(context, field(request, 'account'), console.actor(request));
      if (left) throw new AdminError(`The account is closed only partly: it can still ${left.what}.`, left.remedy);
      return { back, done: 'closed' };
    }),
  );
  router.post(
    '/confirm',
    console.action(async (request) => {
      await confirmColleague(context, field(request, 'account'), console.actor(request));
      return { back, done: 'colleague' };
    }),
  );
  router.post(
    '/theirs',
    console.action(async (request: Request) => {
      await confirmAccount(context, field(request, 'trainer'), console.actor(request));
      return { back, done: 'theirs' };
    }),
  );
  return router;
}

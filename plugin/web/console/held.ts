/** What is stopped until an admin decides: decreases that are held, and another database of the tool. */
import { Router } from 'express';
import { acceptDatabase, OTHER_DATABASE, otherDatabase } from '../../access/tool-database.ts';
import { readHeld } from '../../status/held.ts';
import { decideHeld } from '../../usage/decide-held.ts';
import type { Decision } from '../../usage/held-days.ts';
import { field } from '../forms.ts';
import type { Console, OutcomeKey } from './console.ts';

export const HELD_PATH = '/console/held';

/** The routes below /console/held. */
export function held(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    console.page(request, response, 'held', {
      title: 'Held',
      section: HELD_PATH,
      otherDatabase: await otherDatabase(context.database),
      otherDatabaseWords: OTHER_DATABASE,
      ...(await readHeld(context)),
    });
  });
  router.post(
    '/database',
    console.action(async (request) => {
      await acceptDatabase(context, console.actor(request));
      return { back: HELD_PATH, done: 'database' };
    }),
  );
  const decide = (decision: Decision, done: OutcomeKey) =>
    console.action(async (request) => {
      const contractIds = [field(request, 'contract')];
      await decideHeld(context, decision, { contractIds, cause: console.actor(request) });
      return { back: HELD_PATH, done };
    });
  router.post('/accept', decide('accepted', 'accepted'));
  router.post('/drop', decide('dropped', 'dropped'));
  return router;
}

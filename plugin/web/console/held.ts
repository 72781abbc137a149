/** What is stopped until an admin decides: another database of the tool. */
import { Router } from 'express';
import { acceptDatabase, OTHER_DATABASE, otherDatabase } from '../../access/tool-database.ts';
import type { Console } from './console.ts';

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
    });
  });
  router.post(
    '/database',
    console.action(async (request) => {
      await acceptDatabase(context, console.actor(request));
      return { back: HELD_PATH, done: 'database' };
    }),
  );
  return router;
}

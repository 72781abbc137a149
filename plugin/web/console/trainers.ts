/** Trainers: who has access, who has not, why, and what to do; with the two things that an admin can do about it. */
import { Router } from 'express';
import { knownNewAccounts } from '../../access/new-accounts.ts';
import { inviteAgain } from '../../invitations/invite-again.ts';
import { markDue } from '../../queue/items.ts';
import { trainerStates } from '../../status/people.ts';
import { trainerList, trainersByState } from '../../status/trainer-list.ts';
import type { Console } from './console.ts';
import { queryText, readPage } from './paging.ts';
import { remove, restore, showTrainer, trainerOf, trainerPath } from './trainer.ts';
import { accessWords, explain } from './trainer-words.ts';

const PATH = '/console/trainers';

/** The routes below /console/trainers. */
export function trainers(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const state = trainerStates.find((known) => known === request.query.state) ?? null;
    const search = queryText(request, 'q');
    console.page(request, response, 'trainers', {
      title: 'Trainers',
      section: PATH,
      states: [...(await trainersByState(context.database))].map(([name, count]) => ({ state: name, count })),
      state,
      search,
      ...(await readPage(request, PATH, trainerList(context, { state, search }))),
      explain,
      accessWords,
      trainerPath,
      newAccounts: await knownNewAccounts(context.database),
    });
  });
  router.post(
    '/check',
    console.action(async (request) => {
      const trainer = await trainerOf(console, request);
      const detail = { cause: console.actor(request) };
      await markDue(context.database, { kind: 'access', key: trainer, detail }, context.clock.now());
      return { back: PATH, done: 'retried' };
    }),
  );
  router.post(
    '/invite',
    console.action(async (request) => {
      await inviteAgain(context, await trainerOf(console, request), console.actor(request));
      return { back: PATH, done: 'invited' };
    }),
  );
  router.post('/remove', remove(console));
  router.post('/restore', restore(console));
  router.get('/:id', showTrainer(console));
  return router;
}

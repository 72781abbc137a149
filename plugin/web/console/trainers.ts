/** Trainers: who has access, who has not, why, and what to do; with the two things that an admin can do about it. */
import { type Request, Router } from 'express';
import { knownNewAccounts } from '../../access/new-accounts.ts';
import { inviteAgain } from '../../invitations/invite-again.ts';
import { markDue } from '../../queue/items.ts';
import { type TrainerStatus, trainerStates } from '../../status/people.ts';
import { type TrainerQuery, trainerList, trainerSorts, trainersByState } from '../../status/trainer-list.ts';
import { jobsByProjects } from '../../status/usage-groups.ts';
import type { Console } from './console.ts';
import { sendCsv } from './csv-answer.ts';
import { addressWith, queryText, readPage } from './paging.ts';
import { remove, restore, showTrainer, trainerOf, trainerPath } from './trainer.ts';
import { accessWords, explain } from './trainer-words.ts';
import { jobsOf } from './usage-query.ts';

const PATH = '/console/trainers';

/** The routes below /console/trainers. */
export function trainers(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const query = queryOf(request);
    const list = trainerList(context, query);
    if (queryText(request, 'format') === 'csv') return sendCsv(response, 'trainers.csv', list, file);
    console.page(request, response, 'trainers', {
      title: 'Trainers',
      section: PATH,
      states: [...(await trainersByState(context.database))].map(([name, count]) => ({
        ...{ state: name, count },
        href: addressWith(request, PATH, { state: name }),
      })),
      everybody: addressWith(request, PATH, { state: '' }),
      query,
      project: queryText(request, 'project'),
      job: queryText(request, 'job'),
      projects: (await jobsByProjects(context.database)).map(({ jobIds, name }) => ({ key: jobIds.join(','), name })),
      isFiltered: Boolean(query.state || query.search || query.jobIds),
      sorts: Object.fromEntries(trainerSorts.map((sort) => [sort, addressWith(request, PATH, { sort })])),
      csv: addressWith(request, PATH, { format: 'csv' }),
      ...(await readPage(request, PATH, list)),
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

function queryOf(request: Request): TrainerQuery {
  return {
    state: trainerStates.find((known) => known === request.query.state) ?? null,
    search: queryText(request, 'q'),
    jobIds: jobsOf(queryText(request, 'project'), queryText(request, 'job')),
    sort: trainerSorts.find((known) => known === request.query.sort) ?? 'state',
  };
}

const file = {
  heads: ['trainer_id', 'name', 'work_email', 'country', 'state', 'why', 'since', 'access', 'contracts'],
  cells: (trainer: TrainerStatus) => [
    ...[trainer.id, trainer.displayName, trainer.workEmail, trainer.country, trainer.state, explain(trainer)],
    trainer.since === null ? null : new Date(trainer.since).toISOString(),
    accessWords(trainer)
      .map(({ words, places }) => `${words} ${places.join(', ')}`)
      .join('; '),
    trainer.contracts.map(({ id, status }) => `${id} (${status})`).join('; '),
  ],
};

/** Takes everybody out, by the admin's typed word; and lets them in again. */
import { Router } from 'express';
import { restoreRevoked, revokeAll } from '../../access/admin.ts';
import { AdminError } from '../../errors.ts';
import { countRows } from '../../store/window.ts';
import { field } from '../forms.ts';
import type { Console } from './console.ts';

/** What has to be typed. */
export const CONFIRMATION = 'remove everybody';
const TRAINERS = '/console/trainers';

/** The routes below /console/remove-everybody. */
export function removeEverybody(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const withAccess = context.database('access').whereNot({ state: 'revoked' }).distinct('trainer_id').as('people');
    const held = context.database('access_holds').distinct('trainer_id').as('people');
    console.page(request, response, 'remove-everybody', {
      title: 'Remove everybody',
      section: TRAINERS,
      confirmation: CONFIRMATION,
      people: await countRows(context.database.from(withAccess)),
      held: await countRows(context.database.from(held)),
    });
  });
  router.post('/', async (request, response) => {
    if (field(request, 'confirmation').trim().toLowerCase() !== CONFIRMATION) {
      return console.problem(
        request,
        response,
        422,
        'Nobody was removed: the confirmation was not typed.',
        `Go back and type “${CONFIRMATION}” if that is what you want.`,
      );
    }
    const result = await revokeAll(context, console.actor(request));
    const left = result.people.filter(({ after }) => after !== null && after !== 'revoked');
    console.page(request, response, 'removed-everybody', {
      title: left.length > 0 || result.problem ? 'Not everybody is out' : 'Everybody is out',
      section: TRAINERS,
      ...result,
      left,
    });
  });
  router.post(
    '/restore',
    console.action(async (request) => {
      const count = await restoreRevoked(context, console.actor(request));
      if (count === 0) throw new AdminError('Nobody was taken out by an admin.', 'There is nobody to let in again.');
      return { back: TRAINERS, done: 'retried' };
    }),
  );
  return router;
}

/** Takes everybody out, by the admin's typed word; and lets them in again. */
import { Router } from 'express';
import { accessHolds, accessRows } from '../../access/access-rows.ts';
import { restoreRevoked, revokeAll } from '../../access/admin.ts';
import { AdminError } from '../../errors.ts';
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
    const rows = (await accessRows(context.database)).filter(({ state }) => state !== 'revoked');
    const held = await accessHolds(context.database);
    console.page(request, response, 'remove-everybody', {
      title: 'Remove everybody',
      section: TRAINERS,
      confirmation: CONFIRMATION,
      people: new Set(rows.map((row) => row.trainer_id)).size,
      held: new Set(held.map((row) => row.trainer_id)).size,
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

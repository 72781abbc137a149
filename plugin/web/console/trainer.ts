/** One trainer: what they have, why, what happened, what they worked; and taking them out or letting them in again. */
import type { Request, RequestHandler } from 'express';
import { removeTrainer, restoreRevoked } from '../../access/admin.ts';
import { AdminError } from '../../errors.ts';
import { findTrainer } from '../../mirror/trainers.ts';
import { readFlagged } from '../../status/flagged.ts';
import { readTrainers, whoIs } from '../../status/people.ts';
import { DAYS_OF_WORK, historyOf, workOf } from '../../status/trainer-history.ts';
import { addDays, dayOf } from '../../usage/days.ts';
import { field, pathPart } from '../forms.ts';
import { bars } from './bars.ts';
import type { Console } from './console.ts';
import { accessWords, explain } from './trainer-words.ts';

const TRAINERS = '/console/trainers';
const FLAGS_SHOWN = 100;

/** The address of a trainer's page. */
export function trainerPath(id: string): string {
  return `${TRAINERS}/${encodeURIComponent(id)}`;
}

/** A flag with the addresses of the trainer's page and of that day's entries, which lead to its annotations. */
export function linked<Flag extends { trainerId: string; day: string }>(flag: Flag) {
  const { trainerId, day } = flag;
  const entries = `/console/usage?${new URLSearchParams({ from: day, until: day, trainer: trainerId, by: 'entry' })}`;
  return { ...flag, path: trainerPath(trainerId), entries };
}

/** Shows the page of the trainer whose id the address has. */
export function showTrainer(console: Console): RequestHandler {
  const { context } = console;
  return async (request, response) => {
    const [trainer] = await readTrainers(context, [pathPart(request, 'id')]);
    if (!trainer) {
      const remedy = 'Open the Trainers page and look for them there.';
      return console.problem(request, response, 404, 'There is no such trainer.', remedy);
    }
    const work = await workOf(context, trainer.id);
    console.page(request, response, 'trainer', {
      title: whoIs(trainer),
      section: TRAINERS,
      trainer,
      path: trainerPath(trainer.id),
      why: explain(trainer),
      access: accessWords(trainer),
      isRemoving: request.query.remove === '1',
      flags: await flagsOf(console, trainer.id),
      history: await historyOf(context, trainer.id),
      work,
      bars: bars(work.map(({ labels }) => labels ?? 0).toReversed()),
    });
  };
}

/** Of the days whose work the page shows. */
async function flagsOf({ context }: Console, trainerId: string) {
  const until = dayOf(context.clock.now(), context.settings.usage.timezone);
  const scope = { from: addDays(until, 1 - DAYS_OF_WORK), until, trainerIds: [trainerId] };
  return (await readFlagged(context, scope, FLAGS_SHOWN)).map(linked);
}

/** Takes the trainer out at once. What they still reach is told as a failure, with its remedy. */
export function remove(console: Console): RequestHandler {
  return console.action(async (request) => {
    const trainerId = await trainerOf(console, request);
    const { people, problem } = await removeTrainer(console.context, trainerId, console.actor(request));
    if (problem !== null) throw new AdminError(`The trainer may not be out yet: ${problem}`, 'Try again in a minute.');
    const left = people.find(({ after }) => after !== null && after !== 'revoked');
    if (left) {
      throw new AdminError(
        `They are not out completely: ${left.reason ?? left.after ?? ''}.`,
        left.remedy ?? 'Open their page; it is tried again by itself.',
      );
    }
    return { back: trainerPath(trainerId), done: 'removed' };
  });
}

/** Lets a trainer in again whom an admin took out. */
export function restore(console: Console): RequestHandler {
  return console.action(async (request) => {
    const trainerId = await trainerOf(console, request);
    const count = await restoreRevoked(console.context, console.actor(request), trainerId);
    if (count === 0) throw new AdminError('No admin took this trainer out.', 'What their contracts say applies.');
    return { back: trainerPath(trainerId), done: 'restored' };
  });
}

/** The id of the trainer that a form names. Throws {@link AdminError} when there is none. */
export async function trainerOf(console: Console, request: Request): Promise<string> {
  const trainer = await findTrainer(console.context.database, field(request, 'trainer'));
  if (trainer) return trainer.id;
  throw new AdminError('There is no such trainer.', 'Open the Trainers page anew.');
}

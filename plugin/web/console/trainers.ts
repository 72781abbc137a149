/** Trainers: who has access, who has not, why, and what to do; with the two things that an admin can do about it. */
import { type Request, Router } from 'express';
import type { AccessState } from '../../access/access-rows.ts';
import { knownNewAccounts } from '../../access/new-accounts.ts';
import { AdminError } from '../../errors.ts';
import { inviteAgain } from '../../invitations/invite-again.ts';
import { findTrainer } from '../../mirror/trainers.ts';
import { markDue } from '../../queue/items.ts';
import { readTrainers, type TrainerState, type TrainerStatus, trainerStates } from '../../status/people.ts';
import { reasonWords } from '../../status/problems.ts';
import { field } from '../forms.ts';
import type { Console } from './console.ts';
import { pageOf, queryText } from './paging.ts';

const PATH = '/console/trainers';

/** The routes below /console/trainers. */
export function trainers(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const all = await readTrainers(context);
    const state = trainerStates.find((known) => known === request.query.state) ?? null;
    const search = queryText(request, 'q');
    const found = all.filter((trainer) => (!state || trainer.state === state) && matches(trainer, search));
    console.page(request, response, 'trainers', {
      title: 'Trainers',
      section: PATH,
      states: countStates(all),
      state,
      search,
      ...pageOf(request, PATH, found),
      explain,
      accessWords,
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
  return router;
}

async function trainerOf(console: Console, request: Request): Promise<string> {
  const trainer = await findTrainer(console.context.database, field(request, 'trainer'));
  if (trainer) return trainer.id;
  throw new AdminError('There is no such trainer.', 'Open the Trainers page anew.');
}

function matches({ id, displayName, workEmail }: TrainerStatus, search: string): boolean {
  const text = `${displayName ?? ''} ${workEmail ?? ''} ${id}`.toLowerCase();
  return text.includes(search.toLowerCase());
}

function countStates(all: readonly TrainerStatus[]): { state: TrainerState; count: number }[] {
  return trainerStates.map((state) => ({ state, count: all.filter((trainer) => trainer.state === state).length }));
}

const placeWords: Readonly<Record<AccessState, string>> = {
  active: 'Access to',
  invited: 'Invited to',
  blocked: 'No access to',
  'revoked-partial': 'Not yet fully removed from',
  revoked: 'Had access to',
};

/** The trainer's places by what they have there: only `active` is access. */
function accessWords({ places }: TrainerStatus): { words: string; places: string[] }[] {
  return [...Map.groupBy(places, ({ state }) => state)].map(([state, members]) => ({
    words: placeWords[state],
    places: members.map(({ place }) => place),
  }));
}

/** Why a trainer is in this state, in words; empty where the state says it all. */
function explain({ state, reason, contracts, heldSince }: TrainerStatus): string {
  if (heldSince !== null) return 'taken out by an admin; stays out until access is restored';
  if (state === 'blocked') return reasonWords(reason);
  if (state === 'revoked-partial') return `can still: ${reason ?? 'sign in'}`;
  if (state === 'none') {
    return contracts.some(({ status }) => status === 'active')
      ? 'under contract, nothing given yet'
      : 'no active contract';
  }
  return reason ?? '';
}

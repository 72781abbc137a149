/** What trainers have, and why, in words. */
import type { AccessState } from '../../access/access-rows.ts';
import type { TrainerStatus } from '../../status/people.ts';
import { reasonWords } from '../../status/trainer-problems.ts';

const placeWords: Readonly<Record<AccessState, string>> = {
  active: 'Access to',
  invited: 'Invited to',
  blocked: 'No access to',
  'revoked-partial': 'Not yet fully removed from',
  revoked: 'Had access to',
};

/** The trainer's places by what they have there: only `active` is access. */
export function accessWords({ places }: TrainerStatus): { words: string; places: string[] }[] {
  return [...Map.groupBy(places, ({ state }) => state)].map(([state, members]) => ({
    words: placeWords[state],
    places: members.map(({ place }) => place),
  }));
}

/** Why a trainer is in this state, in words; empty where the state says it all. */
export function explain({ state, reason, contracts, heldSince }: TrainerStatus): string {
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

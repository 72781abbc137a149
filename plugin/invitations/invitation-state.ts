/** What an invitation is good for at this moment. */

import { findInvitation, type InvitationRow } from '../access/invitation-rows.ts';
import { readTrainerAccess, type TrainerAccess } from '../access/one-trainer.ts';
import type { TrainerSituation } from '../access/situations.ts';
import type { PluginContext } from '../context.ts';
import { readLink } from '../mail/link-tokens.ts';

/** Why a mailed link leads nowhere any more; `unknown` is none of ours. */
export type ClosedState = 'expired' | 'used' | 'void' | 'unknown';

export type InvitationState = 'open' | Exclude<ClosedState, 'unknown'>;

/** An invitation with everything that decides what it is good for. */
export interface FoundInvitation extends TrainerAccess {
  row: InvitationRow;
  state: InvitationState;
}

/** The invitation of a token that we signed, or null. */
export async function findByToken(context: PluginContext, token: string): Promise<FoundInvitation | null> {
  const link = readLink(context.keys, 'invitation', token);
  const row = link ? await findInvitation(context.database, link.id) : undefined;
  return row && row.trainer_id === link?.trainerId ? examine(context, row) : null;
}

/** What an invitation is good for at this moment; null when its trainer is not known. */
export async function examine(context: PluginContext, row: InvitationRow): Promise<FoundInvitation | null> {
  const access = await readTrainerAccess(context, row.trainer_id);
  return access && { ...access, row, state: stateOf(row, access.situation, context.clock.now()) };
}

function stateOf(row: InvitationRow, situation: TrainerSituation, now: Date): InvitationState {
  if (row.state === 'used') return 'used';
  if (row.state === 'void' || openPlaces(row, situation).length === 0) return 'void';
  return row.state === 'replaced' || row.expires_at <= now.getTime() ? 'expired' : 'open';
}

/**
 * The places that accepting this invitation gives. Empty as soon as nothing gives them any more: an invitation must not outlive
 * the contract, not even by the moments until the end has been dealt with.
 */
export function openPlaces(row: InvitationRow, { rows, desired }: TrainerSituation): string[] {
  const awaited = row.kind === 'join' ? 'invited' : 'active';
  const given = (place: string): boolean => desired.has(place) && desired.get(place)?.value !== 'managed';
  return rows.filter(({ state, place }) => state === awaited && given(place)).map(({ place }) => place);
}

/** What an admin asks for outright: everybody out, back in again, another try for those who are blocked. */

import { recordAudit } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { allTrainers } from '../mirror/trainers.ts';
import { markDue } from '../queue/items.ts';
import { type AccessRow, accessRows, endHolds, holdBack } from './access-rows.ts';
import { convergeTrainers } from './converge.ts';
import { isBusy, journals } from './journal.ts';

/** What became of one person's access to one place. */
export interface PersonResult {
  trainerId: string;
  displayName: string | null;
  workEmail: string | null;
  place: string;
  before: AccessRow['state'];
  /** null: nothing is recorded any more, there was nothing to take away. */
  after: AccessRow['state'] | null;
  reason: string | null;
  remedy: string | null;
}

export interface RevokeAllResult {
  people: PersonResult[];
  /** What failed, in words; null when everything was done. Running it again is safe. */
  problem: string | null;
}

/**
 * Takes everybody out who has access through us, whatever ACCESS_POLICY says and although OpenTrain may be disconnected. They
 * stay out until a new contract starts, or {@link restoreRevoked}. Managed links are OpenTrain's and stay.
 */
export async function revokeAll(context: PluginContext, cause: string): Promise<RevokeAllResult> {
  return takeOut(context, cause);
}

/** The same for one trainer. They stay out until a new contract starts, or {@link restoreRevoked} of them. */
export async function removeTrainer(
  context: PluginContext,
  trainerId: string,
  cause: string,
): Promise<RevokeAllResult> {
  return takeOut(context, cause, trainerId);
}

/** Everybody, or this trainer. */
async function takeOut(context: PluginContext, cause: string, only?: string): Promise<RevokeAllResult> {
  const { database, clock } = context;
  const before = (await accessRows(database, only === undefined ? undefined : [only])).filter(
    (row) => row.state !== 'revoked',
  );
  await database.transaction(async (transaction) => {
    const at = clock.now();
    for (const trainerId of await holdBack(transaction, at, only)) {
      const detail = 'out until a new contract starts, or until reconcile --restore-revoked';
      await recordAudit(transaction, { at, cause, action: 'hold', trainerId, detail });
    }
  });
  let problem: string | null;
  try {
    await convergeTrainers(context, only === undefined ? 'all' : [only], cause, {
      policy: 'sync',
      evenDisconnected: true,
    });
    problem = await whoIsBusy(context, only);
  } catch (error) {
    problem = messageOf(error);
  }
  return { people: await compare(context, before), problem };
}

/** Whom this could not take out, as another process was changing their access; null when there is nobody. */
async function whoIsBusy(context: PluginContext, only?: string): Promise<string | null> {
  const now = context.clock.now();
  const open = await journals(context.database, only === undefined ? undefined : [only]);
  const busy = [...open].filter(([, journal]) => isBusy(journal, now)).map(([id]) => id);
  if (busy.length === 0) return null;
  return `The access of ${busy.join(', ')} is being changed at this moment. Run this again in a minute.`;
}

async function compare(context: PluginContext, before: readonly AccessRow[]): Promise<PersonResult[]> {
  const after = await accessRows(context.database);
  const trainers = new Map((await allTrainers(context.database)).map((trainer) => [trainer.id, trainer]));
  return before.map((row) => {
    const now = after.find(({ trainer_id, place }) => trainer_id === row.trainer_id && place === row.place);
    const trainer = trainers.get(row.trainer_id);
    return {
      trainerId: row.trainer_id,
      displayName: trainer?.display_name ?? null,
      workEmail: trainer?.work_email ?? null,
      place: row.place,
      before: row.state,
      after: now?.state ?? null,
      reason: now?.reason ?? null,
      remedy: now?.remedy ?? null,
    };
  });
}

/** Ends what revoke-all began, for everybody or this trainer: active contracts count again. Returns how many trainers; convergence lets them in. */
export async function restoreRevoked(context: PluginContext, cause: string, trainerId?: string): Promise<number> {
  const at = context.clock.now();
  return context.database.transaction(async (transaction) => {
    const trainerIds = await endHolds(transaction, trainerId);
    for (const trainerId of trainerIds) {
      await recordAudit(transaction, { at, cause, action: 'end-hold', trainerId });
      await markDue(transaction, { kind: 'access', key: trainerId, detail: { cause } }, at);
    }
    return trainerIds.length;
  });
}

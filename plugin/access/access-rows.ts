/** Who has access to which place of the tool, as far as it is ours: a row exists because we invited, granted or adopted. */
import type { Knex } from 'knex';
import type { Database } from '../store/database.ts';

export const accessStates = ['invited', 'active', 'revoked', 'revoked-partial', 'blocked'] as const;
export type AccessState = (typeof accessStates)[number];

export interface AccessRow {
  trainer_id: string;
  /** A project's id, or WHOLE_TOOL. */
  place: string;
  state: AccessState;
  /** blocked: a reason code. revoked-partial: what is still reached. active: what the trainer still has to do, if anything. */
  reason: string | null;
  /** What an admin can do about it. */
  remedy: string | null;
  /** The account was there before us. */
  adopted: boolean;
  /** We granted or adopted it at some time: only then may we take it away. */
  owned: boolean;
  /** When this state began. */
  since: number;
}

/** An admin took this trainer out while this contract ran. */
export interface AccessHoldRow {
  trainer_id: string;
  contract_id: string;
  at: number;
}

/** The columns of `trainers` that guard changes of somebody's access. */
interface Guard {
  id: string;
  access_revision: number;
  access_intent_at: number | null;
}

/** Rows of everybody, or of these trainers. */
export async function accessRows(database: Database, trainerIds?: readonly string[]): Promise<AccessRow[]> {
  const query = database<AccessRow>('access').select('*').orderBy(['trainer_id', 'place']);
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  // SQLite answers 0 and 1.
  return (await query).map((row) => ({ ...row, adopted: Boolean(row.adopted), owned: Boolean(row.owned) }));
}

export async function saveAccess(database: Database, row: AccessRow): Promise<void> {
  await database<AccessRow>('access').insert(row).onConflict(['trainer_id', 'place']).merge();
}

/** Forgets a row: only for one that never led to anything (blocked, then no longer wanted). */
export async function deleteAccess(database: Database, trainerId: string, place: string): Promise<void> {
  await database<AccessRow>('access').where({ trainer_id: trainerId, place }).delete();
}

export async function accessHolds(database: Database, trainerIds?: readonly string[]): Promise<AccessHoldRow[]> {
  const query = database<AccessHoldRow>('access_holds').select('*').orderBy(['trainer_id', 'contract_id']);
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  return query;
}

/** Holds everybody back who is under an active contract now; returns the trainers newly held. */
export async function holdEverybody(database: Database, at: Date): Promise<string[]> {
  const rows: AccessHoldRow[] = await database('contract_trainers')
    .join('contracts', 'contracts.id', 'contract_trainers.contract_id')
    .leftJoin('access_holds', (join) =>
      join
        .on('access_holds.trainer_id', 'contract_trainers.trainer_id')
        .on('access_holds.contract_id', 'contract_trainers.contract_id'),
    )
    .where('contracts.status', 'active')
    .whereNull('access_holds.at')
    .select('contract_trainers.trainer_id', 'contract_trainers.contract_id');
  for (const { trainer_id, contract_id } of rows) {
    await database<AccessHoldRow>('access_holds')
      .insert({ trainer_id, contract_id, at: at.getTime() })
      .onConflict(['trainer_id', 'contract_id'])
      .ignore();
  }
  return [...new Set(rows.map((row) => row.trainer_id))];
}

/** Ends all holds; returns the trainers who were held. */
export async function endHolds(database: Database): Promise<string[]> {
  const held = await accessHolds(database);
  await database<AccessHoldRow>('access_holds').delete();
  return [...new Set(held.map((row) => row.trainer_id))];
}

export interface AccessGuard {
  /** Goes up with every change of this trainer's access: who planned on an older one plans again. */
  revision: number;
  /**
   * Somebody began to change this trainer's access in the tool then, and has not recorded the outcome: until that is done, or the
   * tool was looked at long afterwards, our record may be wrong. The oldest, if there are several.
   */
  intentAt: number | null;
}

/** The guards of everybody, or of these trainers, by trainer id. */
export async function accessGuards(
  database: Database,
  trainerIds?: readonly string[],
): Promise<Map<string, AccessGuard>> {
  const query = database<Guard>('trainers').select('id', 'access_revision', 'access_intent_at');
  if (trainerIds) query.whereIn('id', trainerIds);
  return new Map(
    (await query).map((row) => [row.id, { revision: row.access_revision, intentAt: row.access_intent_at }]),
  );
}

/**
 * Compare-and-set: moves the guard from `revision` to the next one, with or without an open intent. Returns whether it was
 * still at `revision`; in a transaction, the trainer's guard stays locked until it ends.
 */
export async function advanceGuard(
  database: Database,
  trainerId: string,
  revision: number,
  intentAt: Date | null,
): Promise<boolean> {
  const changed = await database<Guard>('trainers')
    .where({ id: trainerId, access_revision: revision })
    .update({ access_revision: revision + 1, access_intent_at: intentAt?.getTime() ?? null });
  return changed > 0;
}

/** Moves the guard whatever it is, and locks it until the transaction ends. Intents stay as they are. */
export async function forceGuard(database: Database, trainerId: string): Promise<void> {
  await moveGuard(database, trainerId);
}

/** The same, and notes that a change in the tool begins; an earlier intent that is open stays, as its outcome is not known. */
export async function beginIntent(database: Database, trainerId: string, now: Date): Promise<void> {
  await moveGuard(database, trainerId, database.raw('COALESCE(access_intent_at, ?)', [now.getTime()]));
}

/** The same as {@link forceGuard}, and ends the intent that began then; what somebody else began stays open. */
export async function endIntent(database: Database, trainerId: string, begunAt: Date): Promise<void> {
  await moveGuard(database, trainerId, database.raw('NULLIF(access_intent_at, ?)', [begunAt.getTime()]));
}

/** The same as {@link forceGuard}, and says that what was begun will never be recorded: the tool must be looked at. */
export async function abandonIntent(database: Database, trainerId: string): Promise<void> {
  await moveGuard(database, trainerId, database.raw('0'));
}

async function moveGuard(database: Database, trainerId: string, intentAt?: Knex.Raw): Promise<void> {
  await database<Guard>('trainers')
    .where({ id: trainerId })
    .update({ access_revision: database.raw('access_revision + 1'), ...(intentAt && { access_intent_at: intentAt }) });
}

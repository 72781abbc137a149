/** Who has access to which place of the tool, as far as it is ours: a row exists because we invited, granted or adopted. */
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

/** Rows of everybody, or of these trainers. */
export async function accessRows(database: Database, trainerIds?: readonly string[]): Promise<AccessRow[]> {
  const query = database<AccessRow>('access').select('*').orderBy(['trainer_id', 'place']);
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  // SQLite answers 0 and 1.
  return (await query).map((row) => ({ ...row, adopted: Boolean(row.adopted), owned: Boolean(row.owned) }));
}

/** Stores a row, or several of different places, in place of what was known. */
export async function saveAccess(database: Database, rows: AccessRow | readonly AccessRow[]): Promise<void> {
  const all = [rows].flat();
  if (all.length > 0) await database<AccessRow>('access').insert(all).onConflict(['trainer_id', 'place']).merge();
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

/** Holds everybody back who is under an active contract now, or this trainer; returns the trainers newly held. */
export async function holdBack(database: Database, at: Date, trainerId?: string): Promise<string[]> {
  const query = database('contract_trainers')
    .join('contracts', 'contracts.id', 'contract_trainers.contract_id')
    .leftJoin('access_holds', (join) =>
      join
        .on('access_holds.trainer_id', 'contract_trainers.trainer_id')
        .on('access_holds.contract_id', 'contract_trainers.contract_id'),
    )
    .where('contracts.status', 'active')
    .whereNull('access_holds.at')
    .select('contract_trainers.trainer_id', 'contract_trainers.contract_id');
  if (trainerId !== undefined) query.where('contract_trainers.trainer_id', trainerId);
  const rows: AccessHoldRow[] = await query;
  for (const { trainer_id, contract_id } of rows) {
    await database<AccessHoldRow>('access_holds')
      .insert({ trainer_id, contract_id, at: at.getTime() })
      .onConflict(['trainer_id', 'contract_id'])
      .ignore();
  }
  return [...new Set(rows.map((row) => row.trainer_id))];
}

/** Ends all holds, or those of this trainer; returns the trainers who were held. */
export async function endHolds(database: Database, trainerId?: string): Promise<string[]> {
  const held = await accessHolds(database, trainerId === undefined ? undefined : [trainerId]);
  const ended = database<AccessHoldRow>('access_holds').delete();
  if (trainerId !== undefined) ended.where({ trainer_id: trainerId });
  await ended;
  return [...new Set(held.map((row) => row.trainer_id))];
}

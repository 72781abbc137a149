/** Links for a forgotten password: single use, short-lived. */
import { randomUUID } from 'node:crypto';
import type { Database } from '../store/database.ts';

export interface PasswordResetRow {
  id: string;
  trainer_id: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export const PASSWORD_RESET_LIFETIME_MS = 60 * 60 * 1000;

export async function findPasswordReset(database: Database, id: string): Promise<PasswordResetRow | undefined> {
  return database<PasswordResetRow>('password_resets').where({ id }).first();
}

/** How many were made for this trainer after this moment. */
export async function countPasswordResets(database: Database, trainerId: string, after: Date): Promise<number> {
  const row = await database<PasswordResetRow>('password_resets')
    .where({ trainer_id: trainerId })
    .where('created_at', '>', after.getTime())
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

export async function createPasswordReset(database: Database, trainerId: string, now: Date): Promise<string> {
  const id = randomUUID();
  await database<PasswordResetRow>('password_resets').insert({
    id,
    trainer_id: trainerId,
    created_at: now.getTime(),
    expires_at: now.getTime() + PASSWORD_RESET_LIFETIME_MS,
  });
  return id;
}

/** Takes a link that is unused and unexpired. Returns whether we got it: of two that try, one does. */
export async function claimPasswordReset(database: Database, id: string, now: Date): Promise<boolean> {
  const claimed = await database<PasswordResetRow>('password_resets')
    .where({ id })
    .whereNull('used_at')
    .where('expires_at', '>', now.getTime())
    .update({ used_at: now.getTime() });
  return claimed > 0;
}

/** Gives a link back: the password was not changed. */
export async function releasePasswordReset(database: Database, id: string): Promise<void> {
  await database<PasswordResetRow>('password_resets').where({ id }).update({ used_at: null });
}

/** Ends every other link of this trainer: the newest password wins. */
export async function endPasswordResets(database: Database, trainerId: string, now: Date): Promise<void> {
  await database<PasswordResetRow>('password_resets')
    .where({ trainer_id: trainerId })
    .whereNull('used_at')
    .update({ used_at: now.getTime() });
}

/** Invitations: one open at most for each trainer (the schema sees to that). */
import { randomUUID } from 'node:crypto';
import type { Database } from '../store/database.ts';

/**
 * `join`: makes the account. `set-password`: the account is there, but has no password. `welcome`: nothing to accept, only a
 * mail that tells of access to a known account.
 */
export const invitationKinds = ['join', 'set-password', 'welcome'] as const;
export type InvitationKind = (typeof invitationKinds)[number];

export interface InvitationRow {
  id: string;
  trainer_id: string;
  kind: InvitationKind;
  /** `void`: there is nothing left that it would give access to. `replaced`: a newer one was sent. */
  state: 'open' | 'used' | 'void' | 'replaced';
  created_at: number;
  expires_at: number;
  used_at: number | null;
  mailed_at: number | null;
  mail_error: string | null;
  /** Why the tool refused the last time that it was accepted, and what an admin can do. */
  refusal: string | null;
  refusal_remedy: string | null;
  refused_at: number | null;
  /** How many reminders were mailed. */
  reminders: number;
}

export const INVITATION_LIFETIME_MS = 14 * 24 * 60 * 60 * 1000;

/** All invitations of everybody, or of these trainers, oldest first. */
export async function invitationRows(database: Database, trainerIds?: readonly string[]): Promise<InvitationRow[]> {
  const query = database<InvitationRow>('invitations').select('*').orderBy(['created_at', 'id']);
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  return query;
}

export async function findInvitation(database: Database, id: string): Promise<InvitationRow | undefined> {
  return database<InvitationRow>('invitations').where({ id }).first();
}

/** Those that can still be accepted, or replaced by the trainer: of everybody, or of these trainers. */
export async function openInvitations(database: Database, trainerIds?: readonly string[]): Promise<InvitationRow[]> {
  const query = database<InvitationRow>('invitations').where({ state: 'open' }).orderBy(['created_at', 'id']);
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  return query;
}

/**
 * Those of these trainers, or of everybody, that had no mail and no failed try, and may still be worth one: open ones, and a trainer's
 * latest when it is a `welcome`.
 */
export async function unmailedInvitations(
  database: Database,
  now: Date,
  trainerIds?: readonly string[],
): Promise<Pick<InvitationRow, 'id'>[]> {
  const newer = database('invitations as newer')
    .whereRaw('newer.trainer_id = invitations.trainer_id')
    .whereRaw('newer.created_at > invitations.created_at')
    .select(database.raw('1'));
  const query = database<InvitationRow>('invitations')
    .whereNull('mailed_at')
    .whereNull('mail_error')
    .where('expires_at', '>', now.getTime())
    .where((row) =>
      row.where({ state: 'open' }).orWhere((latest) => latest.where({ kind: 'welcome' }).whereNotExists(newer)),
    )
    .select('id');
  if (trainerIds) query.whereIn('trainer_id', trainerIds);
  return query;
}

/** Makes an invitation, in place of the open one if there is one. Returns its id. */
export async function createInvitation(
  database: Database,
  trainerId: string,
  kind: InvitationKind,
  now: Date,
): Promise<string> {
  await database<InvitationRow>('invitations')
    .where({ trainer_id: trainerId, state: 'open' })
    .update({ state: 'replaced' });
  const id = randomUUID();
  await database<InvitationRow>('invitations').insert({
    id,
    trainer_id: trainerId,
    kind,
    state: kind === 'welcome' ? 'used' : 'open',
    created_at: now.getTime(),
    expires_at: now.getTime() + INVITATION_LIFETIME_MS,
  });
  return id;
}

/** Ends the open invitation of a trainer. */
export async function closeInvitations(database: Database, trainerId: string, state: 'used' | 'void'): Promise<void> {
  await database<InvitationRow>('invitations').where({ trainer_id: trainerId, state: 'open' }).update({ state });
}

/** Records that it was accepted, whatever became of it meanwhile: the account is there. */
export async function finishInvitation(database: Database, id: string, now: Date): Promise<void> {
  await database<InvitationRow>('invitations').where({ id }).update({ state: 'used', used_at: now.getTime() });
}

/** Records why the tool refused: for the admin. The invitation stays open, and may be accepted once that is mended. */
export async function recordRefusal(
  database: Database,
  id: string,
  refusal: { message: string; remedy: string; at: Date },
): Promise<void> {
  const { message, remedy, at } = refusal;
  const change = { refusal: message, refusal_remedy: remedy, refused_at: at.getTime() };
  await database<InvitationRow>('invitations').where({ id }).update(change);
}

export async function recordInvitationMail(
  database: Database,
  id: string,
  outcome: { mailedAt: Date } | { error: string | null },
): Promise<void> {
  await database<InvitationRow>('invitations')
    .where({ id })
    .update(
      'error' in outcome ? { mail_error: outcome.error } : { mailed_at: outcome.mailedAt.getTime(), mail_error: null },
    );
}

export async function recordReminder(database: Database, id: string, reminders: number): Promise<void> {
  await database<InvitationRow>('invitations').where({ id }).update({ reminders });
}

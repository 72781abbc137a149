/** Forgotten passwords: a single-use link to the Work Email of a trainer who has access. */

import { setTimeout as delay } from 'node:timers/promises';
import { ToolError } from '../../adapters/errors.ts';
import { accessRows, saveAccess } from '../access/access-rows.ts';
import { closeInvitations } from '../access/invitation-rows.ts';
import { lockTrainer, note } from '../access/journal.ts';
import { WAITING_FOR_PASSWORD } from '../access/record.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { readLink } from '../mail/link-tokens.ts';
import { findTrainer, findTrainerByWorkEmail, type TrainerRow } from '../mirror/trainers.ts';
import { markDue } from '../queue/items.ts';
import { addressForTrainers } from '../tool/trainer-address.ts';
import type { ClosedState } from './invitation-state.ts';
import {
  claimPasswordReset,
  countPasswordResets,
  createPasswordReset,
  endPasswordResets,
  findPasswordReset,
  type PasswordResetRow,
  releasePasswordReset,
} from './password-reset-rows.ts';
import { passwordProblem } from './passwords.ts';
import { signInNameOf } from './sign-in-name.ts';

export interface PasswordResetView {
  state: 'open' | ClosedState;
  workEmail?: string;
  /** Of an open link. */
  signInName?: string;
}

export type PasswordReset =
  | { result: 'done'; workEmail: string; signInName: string; signInUrl: string }
  /** The page words these. */
  | { result: 'refused'; reason: ClosedState | 'tool-down' | 'tool-refused' }
  | { result: 'refused'; reason: 'weak-password'; message: string };

const CAUSE = "the trainer's request for a new password";
/** So many links at most for one trainer in this time. */
const MOST_LINKS = 3;
const IN_MS = 60 * 60 * 1000;
/** Every request takes at least this long, so that its duration does not tell whether the address is known. */
const SHORTEST_ANSWER_MS = 250;

/**
 * Mails a link when this is the Work Email of a trainer who has access. The caller cannot tell whether it did: same answer, same
 * time (the tool, which may be slow, is only asked when the mail goes out). At most three links an hour for one trainer. Throws only when our own store fails.
 */
export async function requestPasswordReset(context: PluginContext, email: string): Promise<void> {
  await Promise.all([request(context, email.trim().toLowerCase()), delay(SHORTEST_ANSWER_MS)]);
}

async function request(context: PluginContext, email: string): Promise<void> {
  const trainer = await findTrainerByWorkEmail(context.database, email);
  if (!trainer || !context.mailer || !(await hasAccess(context, trainer))) return;
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    // Requests at once are counted one after the other.
    await lockTrainer(transaction, trainer.id);
    if ((await countPasswordResets(transaction, trainer.id, new Date(now.getTime() - IN_MS))) >= MOST_LINKS) return;
    const id = await createPasswordReset(transaction, trainer.id, now);
    await markDue(transaction, { kind: 'password-mail', key: id }, now);
    const entry = { at: now, cause: CAUSE, action: 'request-password', trainerId: trainer.id };
    await note(transaction, { ...entry, workEmail: trainer.work_email });
  });
}

/** Whether this trainer has access that is ours. */
async function hasAccess({ database }: PluginContext, trainer: TrainerRow): Promise<boolean> {
  if (trainer.tool_user_id === null) return false;
  const rows = await accessRows(database, [trainer.id]);
  return rows.some((row) => row.state === 'active' && row.owned);
}

/** The same, in a tool where passwords can be set. A tool or a database that is away now does not end a link. */
async function canReset(context: PluginContext, trainer: TrainerRow): Promise<boolean> {
  if (!(await hasAccess(context, trainer))) return false;
  try {
    const { capabilities, databaseProblem } = await context.describeTool();
    return capabilities.setPassword || databaseProblem !== undefined;
  } catch (error) {
    context.log.warn({ error: messageOf(error) }, 'the tool does not say whether passwords can be set');
    return true;
  }
}

interface FoundReset {
  row: PasswordResetRow;
  trainer: TrainerRow;
  state: PasswordResetView['state'];
}

/** What the page shows for this token. Never throws for a bad token. */
export async function readPasswordReset(context: PluginContext, token: string): Promise<PasswordResetView> {
  const found = await findByToken(context, token);
  if (!found) return { state: 'unknown' };
  const { state, trainer } = found;
  const { work_email: workEmail, tool_user_id: toolUserId } = trainer;
  if (!workEmail) return { state };
  if (state !== 'open') return { state, workEmail };
  return { state, workEmail, signInName: await signInNameOf(context, { toolUserId, workEmail }) };
}

async function findByToken(context: PluginContext, token: string): Promise<FoundReset | null> {
  const link = readLink(context.keys, 'password-reset', token);
  const row = link ? await findPasswordReset(context.database, link.id) : undefined;
  return row && row.trainer_id === link?.trainerId ? examineReset(context, row) : null;
}

/** What a link for a new password is good for at this moment; null when its trainer is not known. */
export async function examineReset(context: PluginContext, row: PasswordResetRow): Promise<FoundReset | null> {
  const trainer = await findTrainer(context.database, row.trainer_id);
  if (!trainer) return null;
  if (row.used_at !== null) return { row, trainer, state: 'used' };
  if (!(await canReset(context, trainer))) return { row, trainer, state: 'void' };
  return { row, trainer, state: row.expires_at <= context.clock.now().getTime() ? 'expired' : 'open' };
}

/** Sets the new password. A link works once; of two uses at once, one does. Throws only when our own store fails. */
export async function resetPassword(context: PluginContext, token: string, password: string): Promise<PasswordReset> {
  const found = await findByToken(context, token);
  if (!found) return { result: 'refused', reason: 'unknown' };
  if (found.state !== 'open') return { result: 'refused', reason: found.state };
  const { row, trainer } = found;
  const { tool_user_id: toolUserId, work_email: workEmail } = trainer;
  if (toolUserId === null || workEmail === null) return { result: 'refused', reason: 'void' };
  const problem = await passwordProblem(password, { workEmail, displayName: trainer.display_name });
  if (problem) return { result: 'refused', reason: 'weak-password', message: problem };
  if (!(await claimPasswordReset(context.database, row.id, context.clock.now()))) {
    return { result: 'refused', reason: 'used' };
  }
  try {
    await context.tool.setPassword({ toolUserId, password });
  } catch (error) {
    context.log.warn({ trainer: trainer.id, error: messageOf(error) }, 'password not set');
    await releasePasswordReset(context.database, row.id);
    return whyNot(error);
  }
  await recordReset(context, trainer);
  const signInName = await signInNameOf(context, { toolUserId, workEmail });
  const signInUrl = addressForTrainers(context.settings, context.tool.signInUrl());
  return { result: 'done', workEmail, signInName, signInUrl };
}

/** What the tool says about the password is the trainer's to read, what it says about rights is not. */
function whyNot(error: unknown): PasswordReset {
  if (!(error instanceof ToolError) || error.code === 'unavailable') return { result: 'refused', reason: 'tool-down' };
  if (error.code === 'password-refused') return { result: 'refused', reason: 'weak-password', message: error.message };
  return { result: 'refused', reason: 'tool-refused' };
}

async function recordReset(context: PluginContext, { id, work_email }: TrainerRow): Promise<void> {
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await lockTrainer(transaction, id);
    await endPasswordResets(transaction, id, now);
    await closeInvitations(transaction, id, 'used');
    for (const row of await accessRows(transaction, [id])) {
      if (row.reason === WAITING_FOR_PASSWORD) await saveAccess(transaction, { ...row, reason: null });
    }
    const entry = { at: now, cause: CAUSE, action: 'reset-password', trainerId: id, workEmail: work_email };
    await note(transaction, entry);
  });
}

/** Accepting an invitation: begin a row of the journal, make the account in the tool, record it, and check that the contract still runs. */

import { AccountExists, ToolError } from '../../adapters/errors.ts';
import { convergeTrainers } from '../access/converge.ts';
import { closeInvitations, finishInvitation, type InvitationRow, recordRefusal } from '../access/invitation-rows.ts';
import { type Entry, finish, leave } from '../access/journal.ts';
import { checkTrainer, takeTrainer } from '../access/one-trainer.ts';
import { recordFact } from '../access/record.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { addressForTrainers } from '../tool/trainer-address.ts';
import { type ClosedState, examine, type FoundInvitation, openPlaces } from './invitation-state.ts';
import { passwordProblem } from './passwords.ts';
import { takeOver } from './take-over.ts';

export type Acceptance =
  | { result: 'done'; workEmail: string; signInName: string; projectUrl: string | null; signInUrl: string }
  /** The page words these. */
  | { result: 'refused'; reason: ClosedState | 'busy' | 'tool-down' | 'tool-refused' }
  | { result: 'refused'; reason: 'weak-password' | 'account-exists'; message: string };

/** An acceptance refused because of what became of the invitation, or of the tool. */
export function refused(reason: ClosedState | 'busy' | 'tool-down' | 'tool-refused'): Acceptance {
  return { result: 'refused', reason };
}

const CAUSE = "the trainer's invitation";

/** Accepts an open invitation. Throws only when our own store fails. */
export async function accept(context: PluginContext, found: FoundInvitation, password: string): Promise<Acceptance> {
  const { row, situation } = found;
  const { workEmail } = situation;
  if (!workEmail) return refused('void');
  const problem = await passwordProblem(password, { workEmail, displayName: situation.displayName });
  if (problem) return { result: 'refused', reason: 'weak-password', message: problem };
  const entry = await take(context, found);
  if (!entry) return refused('busy');
  let signInName = workEmail;
  try {
    if (row.kind === 'set-password') await choosePassword(context, found, entry, password);
    else signInName = await join(context, found, entry, { workEmail, password });
  } catch (error) {
    if (!(error instanceof AccountExists)) return await giveUp(context, row, entry, error);
    return await useExistingAccount(context, found, entry, { workEmail, password, remedy: error.remedy });
  }
  return checkStillWanted(context, found, { workEmail, signInName });
}

function take(context: PluginContext, { row, situation }: FoundInvitation): Promise<Entry | null> {
  return takeTrainer(context, situation, { plan: `accept an invitation (${row.kind})`, cause: CAUSE });
}

/** Makes the account: the name that the trainer signs in with. */
async function join(
  context: PluginContext,
  { row, situation }: FoundInvitation,
  entry: Entry,
  { workEmail, password }: { workEmail: string; password: string },
): Promise<string> {
  const places = openPlaces(row, situation);
  const displayName = situation.displayName ?? '';
  const account = await context.tool.createMember({ email: workEmail, displayName, password, places });
  await recordFact(context, situation, entry, {
    also: (transaction) => finishInvitation(transaction, row.id, context.clock.now()),
    // Whatever became of the contract meanwhile: the account is there, it is ours, and the check that follows may remove it.
    outcome: () => ({
      action: 'accept',
      places,
      state: 'active',
      owned: true,
      toolUserId: account.toolUserId,
      detail: 'the trainer chose a password, the account was made',
    }),
  });
  return account.signInName ?? workEmail;
}

async function choosePassword(
  context: PluginContext,
  { row, situation }: FoundInvitation,
  entry: Entry,
  password: string,
): Promise<void> {
  if (situation.toolUserId === null) throw new Error(`the account of trainer ${situation.trainerId} is not known`);
  await context.tool.setPassword({ toolUserId: situation.toolUserId, password });
  await recordFact(context, situation, entry, {
    also: (transaction) => finishInvitation(transaction, row.id, context.clock.now()),
    outcome: (rows) => ({
      action: 'choose-password',
      places: rows.filter(({ state }) => state === 'active').map(({ place }) => place),
      state: 'active',
      detail: 'the trainer chose a password for the account that was there',
    }),
  });
}

/** The Work Email is taken in the tool: use that account, where the rules of the plan allow it. */
async function useExistingAccount(
  context: PluginContext,
  given: FoundInvitation,
  entry: Entry,
  { workEmail, password, remedy }: { workEmail: string; password: string; remedy: string },
): Promise<Acceptance> {
  const { row } = given;
  let taken: Entry | null = entry;
  try {
    const signInName = await takeOver(context, given, entry, { workEmail, password });
    if (signInName !== null) return await checkStillWanted(context, given, { workEmail, signInName });
    // A convergence looks at the tool, and does what the plan says of the account that it finds.
    await leave(context.database, entry);
    await convergeTrainers(context, [row.trainer_id], CAUSE, { look: true });
    const found = await examine(context, row);
    taken = found && (await take(context, found));
    if (!found || !taken) return refused('busy');
    if (!found.situation.rows.some(({ state }) => state === 'active')) {
      return await blockExisting(context, found, taken, { workEmail, remedy });
    }
    const { capabilities } = await context.describeTool();
    if (!capabilities.setPassword) {
      await finishWithoutPassword(context, row, taken);
      return accountExists(`There is an account for ${workEmail} already. Sign in with the password it has.`);
    }
    await choosePassword(context, found, taken, password);
    await closeInvitations(context.database, row.trainer_id, 'used');
    return await checkStillWanted(context, found, { workEmail, signInName: workEmail });
  } catch (error) {
    return giveUp(context, row, taken ?? entry, error);
  }
}

async function blockExisting(
  context: PluginContext,
  { situation }: FoundInvitation,
  entry: Entry,
  { workEmail, remedy: told }: { workEmail: string; remedy: string },
): Promise<Acceptance> {
  const { remedies } = await context.describeTool();
  const remedy =
    told || remedies.restore || 'Look for this address among the accounts of the tool, and remove or restore it there.';
  await recordFact(context, situation, entry, {
    outcome: (rows) => ({
      action: 'block',
      places: rows.filter(({ state }) => state === 'invited').map(({ place }) => place),
      state: 'blocked',
      reason: 'account-exists',
      remedy,
      detail: 'the tool has an account with this Work Email that cannot be used',
    }),
  });
  return accountExists(
    `An earlier account for ${workEmail} is in the way. Whoever looks after the tool can see what to do; write to your client on OpenTrain.`,
  );
}

function accountExists(message: string): Acceptance {
  return { result: 'refused', reason: 'account-exists', message };
}

async function finishWithoutPassword(context: PluginContext, row: InvitationRow, entry: Entry): Promise<void> {
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await finish(transaction, entry, now);
    await finishInvitation(transaction, row.id, now);
  });
}

/** Nothing came of it, or we cannot know: the link works again, and the next convergence looks at the tool. */
async function giveUp(context: PluginContext, row: InvitationRow, entry: Entry, error: unknown): Promise<Acceptance> {
  context.log.warn({ trainer: entry.trainerId, error: messageOf(error) }, 'invitation not accepted');
  await leave(context.database, entry);
  if (error instanceof ToolError && error.code === 'password-refused') {
    return { result: 'refused', reason: 'weak-password', message: error.message };
  }
  if (!(error instanceof ToolError) || error.code === 'unavailable') return refused('tool-down');
  // Waiting does not help: an admin has to act.
  const { message, remedy } = error;
  await recordRefusal(context.database, row.id, { message, remedy, at: context.clock.now() });
  return refused('tool-refused');
}

/** The contract may have ended while the account was being made: then it is taken away again at once. */
async function checkStillWanted(
  context: PluginContext,
  { row }: FoundInvitation,
  names: { workEmail: string; signInName: string },
): Promise<Acceptance> {
  const access = await checkTrainer(context, row.trainer_id, CAUSE);
  if (!access) return refused('void');
  const { situation, projects } = access;
  if (!situation.rows.some(({ state, place }) => state === 'active' && situation.desired.has(place))) {
    return refused('void');
  }
  const [project] = projects;
  return {
    result: 'done',
    ...names,
    projectUrl: project?.url ?? null,
    signInUrl: addressForTrainers(context.settings, context.tool.signInUrl()),
  };
}

/** Accepting an invitation: claim it, make the account in the tool, record it, and check that the contract still runs. */
import { AccountExists } from '../../adapters/errors.ts';
import { abandonIntent, accessRows, beginIntent, endIntent } from '../access/access-rows.ts';
import { convergeTrainers } from '../access/converge.ts';
import { claimInvitation, closeInvitations, finishInvitation, releaseInvitation } from '../access/invitation-rows.ts';
import { projectsOf } from '../access/projects.ts';
import { recordFact } from '../access/record.ts';
import { INTERRUPTED_AFTER_MS, readAccess } from '../access/situations.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { markDue } from '../queue/items.ts';
import { type FoundInvitation, openPlaces } from './invitation-state.ts';
import { passwordProblem } from './passwords.ts';

export type Acceptance =
  | { result: 'done'; workEmail: string; projectUrl: string | null; signInUrl: string }
  | {
      result: 'refused';
      reason: 'expired' | 'used' | 'void' | 'unknown' | 'weak-password' | 'tool-down' | 'account-exists';
      message: string;
    };

const refusals = {
  expired: 'This invitation has expired. Ask for a new one.',
  used: 'This invitation was used already. Sign in with the password that was chosen then.',
  void: 'The contract that this invitation was for has ended.',
  unknown: 'This link is not one of ours. Open it from the mail again.',
} as const;

/** An acceptance refused because of what became of the invitation. */
export function refused(reason: keyof typeof refusals): Acceptance {
  return { result: 'refused', reason, message: refusals[reason] };
}

const CAUSE = "the trainer's invitation";

/** Accepts an open invitation. Throws only when our own store fails. */
export async function accept(context: PluginContext, found: FoundInvitation, password: string): Promise<Acceptance> {
  const { workEmail } = found.situation;
  if (!workEmail) return refused('void');
  const problem = passwordProblem(password, workEmail);
  if (problem) return { result: 'refused', reason: 'weak-password', message: problem };
  const claimed = await claim(context, found);
  if (!claimed) {
    const message =
      'This invitation is being used at this moment. Wait a minute, then open the link from the mail again.';
    return { result: 'refused', reason: 'used', message };
  }
  try {
    if (found.row.kind === 'set-password') await choosePassword(context, claimed, password);
    else await join(context, claimed, { workEmail, password });
  } catch (error) {
    if (error instanceof AccountExists) return await useExistingAccount(context, claimed, { workEmail, password });
    return await giveBack(context, found, error);
  }
  return checkStillWanted(context, found, workEmail);
}

/** An invitation that this acceptance has taken. */
interface Claimed extends FoundInvitation {
  claimedAt: Date;
}

/**
 * Takes the invitation; null when somebody else has. Should we die before the outcome is recorded, the work marked here looks at
 * the tool and puts the record right.
 */
async function claim(context: PluginContext, found: FoundInvitation): Promise<Claimed | null> {
  const { row } = found;
  const now = context.clock.now();
  const dueAt = new Date(now.getTime() + INTERRUPTED_AFTER_MS);
  const staleBefore = new Date(now.getTime() - INTERRUPTED_AFTER_MS);
  return context.database.transaction(async (transaction) => {
    if (!(await claimInvitation(transaction, row.id, { now, staleBefore }))) return null;
    await beginIntent(transaction, row.trainer_id, now);
    await markDue(transaction, { kind: 'access', key: row.trainer_id, dueAt, detail: { cause: CAUSE } }, now);
    return { ...found, claimedAt: now };
  });
}

async function join(
  context: PluginContext,
  { row, situation, claimedAt }: Claimed,
  { workEmail, password }: { workEmail: string; password: string },
): Promise<void> {
  const places = openPlaces(row, situation);
  const displayName = situation.displayName ?? '';
  const account = await context.tool.createMember({ email: workEmail, displayName, password, places });
  await recordFact(context, situation, {
    cause: CAUSE,
    begunAt: claimedAt,
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
}

async function choosePassword(
  context: PluginContext,
  { row, situation, claimedAt }: Claimed,
  password: string,
): Promise<void> {
  if (situation.toolUserId === null) throw new Error(`the account of trainer ${situation.trainerId} is not known`);
  await context.tool.setPassword({ toolUserId: situation.toolUserId, password });
  await recordFact(context, situation, {
    cause: CAUSE,
    begunAt: claimedAt,
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
  found: Claimed,
  { workEmail, password }: { workEmail: string; password: string },
): Promise<Acceptance> {
  const { row, situation } = found;
  try {
    await convergeTrainers(context, [row.trainer_id], CAUSE, { look: true });
    const rows = await accessRows(context.database, [row.trainer_id]);
    if (!rows.some(({ state }) => state === 'active')) return await blockExisting(context, found, workEmail);
    const { capabilities } = await context.describeTool();
    const after = (await readAccess(context, [row.trainer_id])).situations[0] ?? situation;
    if (!capabilities.setPassword) {
      await finish(context, found);
      return accountExists(`There is an account for ${workEmail} already. Sign in with the password it has.`);
    }
    await choosePassword(context, { ...found, situation: after }, password);
    await closeInvitations(context.database, row.trainer_id, 'used');
  } catch (error) {
    return giveBack(context, found, error);
  }
  return checkStillWanted(context, found, workEmail);
}

async function blockExisting(context: PluginContext, found: Claimed, workEmail: string): Promise<Acceptance> {
  const { remedies } = await context.describeTool();
  const remedy =
    remedies.restore ?? 'Look for this address among the accounts of the tool, and remove or restore it there.';
  await recordFact(context, found.situation, {
    cause: CAUSE,
    begunAt: found.claimedAt,
    also: (transaction) => releaseInvitation(transaction, found.row.id),
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

async function finish(context: PluginContext, { row, claimedAt }: Claimed): Promise<void> {
  await context.database.transaction(async (transaction) => {
    await endIntent(transaction, row.trainer_id, claimedAt);
    await finishInvitation(transaction, row.id, context.clock.now());
  });
}

/** Nothing came of it, or we cannot know: the link works again, and the next convergence looks at the tool. */
async function giveBack(context: PluginContext, { row }: FoundInvitation, error: unknown): Promise<Acceptance> {
  context.log.warn({ trainer: row.trainer_id, invitation: row.id, error: messageOf(error) }, 'invitation not accepted');
  await context.database.transaction(async (transaction) => {
    await abandonIntent(transaction, row.trainer_id);
    await releaseInvitation(transaction, row.id);
  });
  const message = 'Your account could not be made just now. Nothing is lost: please try again in a few minutes.';
  return { result: 'refused', reason: 'tool-down', message };
}

/** The contract may have ended while the account was being made: then it is taken away again at once. */
async function checkStillWanted(
  context: PluginContext,
  { row }: FoundInvitation,
  workEmail: string,
): Promise<Acceptance> {
  try {
    await convergeTrainers(context, [row.trainer_id], CAUSE);
  } catch (error) {
    context.log.warn({ trainer: row.trainer_id, error: messageOf(error) }, 'access is checked again later');
    const mark = { kind: 'access', key: row.trainer_id, detail: { cause: CAUSE } };
    await markDue(context.database, mark, context.clock.now());
  }
  const reading = await readAccess(context, [row.trainer_id]);
  const [situation] = reading.situations;
  if (!situation?.rows.some(({ state, place }) => state === 'active' && situation.desired.has(place))) {
    return refused('void');
  }
  const [project] = projectsOf(context, reading, row.trainer_id);
  return { result: 'done', workEmail, projectUrl: project?.url ?? null, signInUrl: context.tool.signInUrl() };
}

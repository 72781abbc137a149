/** Carries out one change: first the tool, then the record. A change that turns out to be impossible becomes a block. */

import { ToolUnable } from '../../adapters/errors.ts';
import type { Reach, ToolAccount } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { type AccessRow, advanceGuard, saveAccess } from './access-rows.ts';
import type { Change } from './changes.ts';
import { type Outcome, recordOutcome, WAITING_FOR_PASSWORD } from './record.ts';
import type { TrainerSituation } from './situations.ts';

export interface Applied {
  change: Change;
  situation: TrainerSituation;
  /** The state that was recorded; null when the record went. */
  state: AccessRow['state'] | null;
}

export interface TrainerResult {
  applied: Applied[];
  /** Somebody else changed this trainer's access meanwhile: look at the tool and plan again. */
  stale: boolean;
}

/** Carries out the changes of one trainer, in order. Throws what the adapter throws; what came before it stays recorded. */
export async function applyChanges(
  context: PluginContext,
  situation: TrainerSituation,
  changes: readonly Change[],
  cause: string,
): Promise<TrainerResult> {
  const applied: Applied[] = [];
  let { revision } = situation.guard;
  let current = situation;
  for (const [index, change] of changes.entries()) {
    const touches = changesTool(change);
    if (touches && !(await begin(context, current, change, revision))) return { applied, stale: true };
    if (touches) revision += 1;
    const outcome = await carryOut(context, current, change, revision);
    const intentAt = intentAfter(situation, index === changes.length - 1);
    const rows = await recordOutcome(context, current, { revision, intentAt }, outcome, cause);
    if (!rows) return { applied, stale: true };
    revision += 1;
    current = { ...current, rows, toolUserId: outcome.toolUserId ?? current.toolUserId };
    applied.push({ change, situation, state: outcome.state });
    const { action, places, why } = change;
    context.log.info(
      { trainer: situation.trainerId, action, places, why, state: outcome.state, cause },
      'access changed',
    );
  }
  return { applied, stale: false };
}

/** What somebody else began and may still be doing, or died of: ours to keep in mind, not to end. */
function intentOfOthers({ guard, abandoned }: TrainerSituation): Date | null {
  return abandoned || guard.intentAt === null ? null : new Date(guard.intentAt);
}

/** The intent that stays open after a change. What an interruption left behind is settled only by the last change. */
function intentAfter(situation: TrainerSituation, isLast: boolean): Date | null {
  return intentOfOthers(situation) ?? (situation.interrupted && !isLast ? new Date(0) : null);
}

function changesTool(change: Change): boolean {
  return change.action === 'grant' || change.action === 'restore' || (change.action === 'remove' && !!change.account);
}

/**
 * Notes that a change in the tool is under way. Should we die before its outcome is recorded, the next convergence looks at the
 * tool instead of trusting the record. A place that has no record gets one, so that it is looked at.
 */
async function begin(
  context: PluginContext,
  situation: TrainerSituation,
  change: Change,
  revision: number,
): Promise<boolean> {
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    const intentAt = intentOfOthers(situation) ?? now;
    if (!(await advanceGuard(transaction, situation.trainerId, revision, intentAt))) return false;
    for (const place of change.places) {
      if (situation.rows.some((row) => row.place === place)) continue;
      const empty = { state: 'revoked' as const, reason: null, remedy: null, adopted: false, owned: true };
      await saveAccess(transaction, { trainer_id: situation.trainerId, place, ...empty, since: now.getTime() });
    }
    return true;
  });
}

async function carryOut(
  context: PluginContext,
  situation: TrainerSituation,
  change: Change,
  revision: number,
): Promise<Outcome> {
  try {
    return await outcomeOf(context, situation, change);
  } catch (error) {
    if (error instanceof ToolUnable && change.action !== 'remove') {
      const { places } = change;
      const blocked = { state: 'blocked' as const, reason: 'needs-database-role', remedy: error.remedy };
      return { action: 'block', places, ...blocked, detail: error.message };
    }
    // The outcome is not known, so the next convergence must look: an intent from 1970 counts as interrupted at once.
    if (changesTool(change)) await advanceGuard(context.database, situation.trainerId, revision, new Date(0));
    throw error;
  }
}

async function outcomeOf(context: PluginContext, situation: TrainerSituation, change: Change): Promise<Outcome> {
  const { action, places, why: detail } = change;
  const common = { action, places, detail };
  switch (change.action) {
    case 'invite':
      return { ...common, state: 'invited', invitation: 'join' };
    case 'adopt':
      return { ...common, ...letIn(change, 'nothing to tell'), adopted: true };
    case 'grant':
    case 'restore':
      await context.tool.grant({ ...identity(situation, change.account), places });
      return { ...common, ...letIn(change, 'tell them') };
    case 'remove':
      return { ...common, ...(await remove(context, situation, change)) };
    case 'cancel-invitation':
      return { ...common, state: 'revoked' };
    case 'block':
      return { ...common, state: 'blocked', reason: change.reason, remedy: change.remedy };
    case 'unblock':
      return { ...common, state: null };
    case 'keep':
      throw new Error('a keep is not carried out');
  }
}

type Admission = Extract<Change, { action: 'adopt' | 'grant' | 'restore' }>;

function letIn({ account, choosePassword }: Admission, mail: 'tell them' | 'nothing to tell') {
  const common = { state: 'active' as const, owned: true, toolUserId: account.toolUserId };
  if (choosePassword) return { ...common, reason: WAITING_FOR_PASSWORD, invitation: 'set-password' as const };
  return mail === 'tell them' ? { ...common, invitation: 'welcome' as const } : common;
}

function identity({ workEmail }: TrainerSituation, { toolUserId, email }: ToolAccount) {
  return { toolUserId, email: workEmail ?? email ?? '' };
}

async function remove(
  context: PluginContext,
  situation: TrainerSituation,
  { account, places, closeAccount }: Extract<Change, { action: 'remove' }>,
): Promise<Pick<Outcome, 'state' | 'reason' | 'remedy' | 'toolUserId'>> {
  if (!account) return { state: 'revoked' };
  const reaches = await context.tool.revoke({ ...identity(situation, account), places, closeAccount });
  const { toolUserId } = account;
  return reaches.length === 0 ? { state: 'revoked', toolUserId } : { ...partial(reaches), toolUserId };
}

function partial(reaches: readonly Reach[]) {
  const distinct = (texts: string[], separator: string): string => [...new Set(texts)].join(separator);
  return {
    state: 'revoked-partial' as const,
    reason: `can still: ${distinct(
      reaches.map(({ what }) => what),
      '; ',
    )}`,
    remedy: distinct(
      reaches.map(({ remedy }) => remedy),
      '\n',
    ),
  };
}

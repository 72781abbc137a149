/** Carries out one change: first the tool, then the record. A change that turns out to be impossible becomes a block. */

import { ToolUnable } from '../../adapters/errors.ts';
import type { Reach, ToolAccount } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { type AccessRow, saveAccess } from './access-rows.ts';
import type { Change } from './changes.ts';
import { APART, Gathering } from './gathering.ts';
import { beginTogether, type Entry, leave } from './journal.ts';
import { type Outcome, type Recording, recordOutcomes, WAITING_FOR_PASSWORD } from './record.ts';
import type { TrainerSituation } from './situations.ts';

export interface Applied {
  change: Change;
  situation: TrainerSituation;
  /** The state that was recorded; null when the record went. */
  state: AccessRow['state'] | null;
}

/** The store's part in changes of access: beginnings and outcomes of the same moment share a transaction. */
export interface Book {
  begin: Gathering<BegunChanges, Entry | null>;
  record: Gathering<Recording, AccessRow[] | null>;
}

interface BegunChanges {
  situation: TrainerSituation;
  changes: readonly Change[];
  cause: string;
}

/** The book of one convergence. */
export function openBook(context: PluginContext): Book {
  return {
    begin: new Gathering((all) => beginAll(context, all)),
    record: new Gathering((all) => recordOutcomes(context, all)),
  };
}

/**
 * Carries out the changes of one trainer, in order, under one row of the journal. Throws what the adapter throws; what came before it
 * stays recorded. Stops where somebody else has changed this trainer's access: then plan again.
 */
export async function applyChanges(
  context: PluginContext,
  book: Book,
  { situation, changes, cause }: BegunChanges,
): Promise<Applied[]> {
  const applied: Applied[] = [];
  const entry = await book.begin.do({ situation, changes, cause });
  if (!entry) return applied;
  let current = situation;
  for (const [index, change] of changes.entries()) {
    const outcome = await carryOut(context, current, entry, change);
    const isLast = index === changes.length - 1;
    const rows = await book.record.do({ situation: current, entry, outcome, isLast });
    if (!rows) break;
    current = { ...current, rows, toolUserId: outcome.toolUserId ?? current.toolUserId };
    applied.push({ change, situation, state: outcome.state });
    const { action, places, why } = change;
    context.log.info(
      { trainer: situation.trainerId, action, places, why, state: outcome.state, cause },
      'access changed',
    );
  }
  return applied;
}

/** Begins a row of the journal for each. A place that has no record gets one, so that a look after an interruption covers it. */
async function beginAll(
  { database, clock }: PluginContext,
  all: readonly BegunChanges[],
): Promise<(Entry | null | typeof APART)[]> {
  const now = clock.now();
  const beginnings = all.map(({ situation: { trainerId, journal, account }, changes, cause }) => {
    const plan = changes.map(({ action, places }) => `${action} ${places.join(', ')}`).join('; ');
    return { trainerId, read: journal, hasLooked: account !== undefined, plan, cause, now };
  });
  return database.transaction(async (transaction) => {
    const begun = await beginTogether(transaction, beginnings);
    await saveAccess(
      transaction,
      all.filter(({ situation }) => begun.get(situation.trainerId)).flatMap((one) => newRows(one, now)),
    );
    return all.map(({ situation }) => {
      const entry = begun.get(situation.trainerId);
      return entry === undefined ? APART : entry;
    });
  });
}

function newRows({ situation: { trainerId, rows }, changes }: BegunChanges, now: Date): AccessRow[] {
  const places = new Set(changes.filter(changesTool).flatMap((change) => change.places));
  for (const { place } of rows) places.delete(place);
  const empty = { state: 'revoked' as const, reason: null, remedy: null, adopted: false, owned: true };
  return [...places].map((place) => ({ trainer_id: trainerId, place, ...empty, since: now.getTime() }));
}

function changesTool(change: Change): boolean {
  return change.action === 'grant' || change.action === 'restore' || (change.action === 'remove' && !!change.account);
}

async function carryOut(
  context: PluginContext,
  situation: TrainerSituation,
  entry: Entry,
  change: Change,
): Promise<Outcome> {
  try {
    return await outcomeOf(context, situation, change);
  } catch (error) {
    if (error instanceof ToolUnable && change.action !== 'remove') {
      const { places } = change;
      const blocked = { state: 'blocked' as const, reason: 'needs-database-role', remedy: error.remedy };
      return { action: 'block', places, ...blocked, detail: error.message };
    }
    await leave(context.database, entry);
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
): Promise<Pick<Outcome, 'state' | 'reason' | 'remedy'>> {
  if (!account) return { state: 'revoked' };
  const reaches = await context.tool.revoke({ ...identity(situation, account), places, closeAccount });
  // Whose account it was is not settled by taking it away: only what is proved is recorded as theirs.
  return reaches.length === 0 ? { state: 'revoked' } : partial(reaches);
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

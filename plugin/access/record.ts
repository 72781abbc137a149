/** Writes down what was changed: access rows, invitations, the mail that is due and the audit log, in one transaction. */
import type { Knex } from 'knex';
import { recordAudit } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import { setToolUserId } from '../mirror/trainers.ts';
import { markDue } from '../queue/items.ts';
import { type AccessRow, accessRows, deleteAccess, saveAccess } from './access-rows.ts';
import { closeInvitations, createInvitation, type InvitationKind, type InvitationRow } from './invitation-rows.ts';
import { type Entry, finish, isStillOurs } from './journal.ts';
import type { TrainerSituation } from './situations.ts';

/** What an active trainer still has to do. */
export const WAITING_FOR_PASSWORD = 'waiting for the trainer to choose a password';

export interface Outcome {
  /** For the audit log. */
  action: string;
  places: readonly string[];
  /** null: the record of these places goes. */
  state: AccessRow['state'] | null;
  reason?: string | null;
  remedy?: string | null;
  /** It is ours from now on, and may be taken away. */
  owned?: boolean;
  adopted?: boolean;
  toolUserId?: string;
  /** Send this. */
  invitation?: InvitationKind;
  detail: string;
}

/**
 * Records an outcome under the row of the journal that this process has begun, and closes the row after the last one. Returns the
 * new rows, or null when the row is not ours any more: then another process went on, and a look at the tool tells what is true.
 */
export async function recordOutcome(
  context: PluginContext,
  situation: TrainerSituation,
  entry: Entry,
  outcome: Outcome,
  { isLast }: { isLast: boolean },
): Promise<AccessRow[] | null> {
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    if (!(await isStillOurs(transaction, entry))) return null;
    const rows = await writeOutcome(transaction, situation, entry, () => outcome, now);
    if (isLast) await finish(transaction, entry, now);
    return rows;
  });
}

/**
 * Records what a trainer did, whoever may have gone on meanwhile: the outcome follows from the rows as they are now. `also` runs in
 * the same transaction, before it.
 */
export async function recordFact(
  context: PluginContext,
  situation: TrainerSituation,
  entry: Entry,
  fact: { outcome: (rows: readonly AccessRow[]) => Outcome; also?: (transaction: Knex.Transaction) => Promise<void> },
): Promise<void> {
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await finish(transaction, entry, now);
    await fact.also?.(transaction);
    await writeOutcome(transaction, situation, entry, fact.outcome, now);
  });
}

async function writeOutcome(
  transaction: Knex.Transaction,
  situation: TrainerSituation,
  { id: journalId, cause }: Entry,
  outcomeOf: (rows: readonly AccessRow[]) => Outcome,
  now: Date,
): Promise<AccessRow[]> {
  const { trainerId, workEmail } = situation;
  const current = await accessRows(transaction, [trainerId]);
  const outcome = outcomeOf(current);
  const { action, detail } = outcome;
  const rows = new Map(current.map((row) => [row.place, row]));
  for (const place of outcome.places) {
    const before = rows.get(place);
    const after = rowAfter(before, trainerId, place, outcome, now);
    if (after) await saveAccess(transaction, after);
    else await deleteAccess(transaction, trainerId, place);
    if (after) rows.set(place, after);
    else rows.delete(place);
    const states = { before: before?.state ?? null, after: after?.state ?? null };
    await recordAudit(transaction, {
      at: now,
      cause,
      action,
      trainerId,
      workEmail,
      place,
      ...states,
      detail,
      journalId,
    });
  }
  if (outcome.toolUserId && outcome.toolUserId !== situation.toolUserId) {
    await setToolUserId(transaction, trainerId, outcome.toolUserId);
  }
  await settleInvitations(transaction, situation, [...rows.values()], { invite: outcome.invitation, now });
  return [...rows.values()];
}

function rowAfter(
  before: AccessRow | undefined,
  trainerId: string,
  place: string,
  outcome: Outcome,
  now: Date,
): AccessRow | null {
  if (outcome.state === null) return null;
  return {
    trainer_id: trainerId,
    place,
    state: outcome.state,
    reason: outcome.reason ?? null,
    remedy: outcome.remedy ?? null,
    adopted: outcome.adopted ?? before?.adopted ?? false,
    owned: outcome.owned ?? before?.owned ?? false,
    since: before?.state === outcome.state ? before.since : now.getTime(),
  };
}

/** One open invitation at most, of the kind that is needed; none when there is nothing that it could give. */
async function settleInvitations(
  transaction: Knex.Transaction,
  { trainerId }: TrainerSituation,
  rows: readonly AccessRow[],
  { invite, now }: { invite: InvitationKind | undefined; now: Date },
): Promise<void> {
  const open = await transaction<InvitationRow>('invitations').where({ trainer_id: trainerId, state: 'open' }).first();
  const active = rows.some((row) => row.state === 'active');
  const invited = rows.some((row) => row.state === 'invited');
  const needed = open?.kind === 'join' ? invited : active;
  if (open && !needed) await closeInvitations(transaction, trainerId, active ? 'used' : 'void');
  const stillGood = open && needed && open.kind === invite && open.expires_at > now.getTime();
  if (!invite || stillGood) return;
  const id = await createInvitation(transaction, trainerId, invite, now);
  await markDue(transaction, { kind: 'invitation-mail', key: id }, now);
}

/** Writes down what was changed: access rows, invitations, the mail that is due and the audit log, in one transaction. */
import type { Knex } from 'knex';
import { type AuditEntry, recordAudit } from '../audit/audit-log.ts';
import { withCause } from '../cause.ts';
import type { PluginContext } from '../context.ts';
import { setToolUserId } from '../mirror/trainers.ts';
import { markDue } from '../queue/items.ts';
import { type AccessRow, accessRows, deleteAccess, saveAccess } from './access-rows.ts';
import { APART } from './gathering.ts';
import {
  closeInvitations,
  createInvitation,
  type InvitationKind,
  type InvitationRow,
  openInvitations,
} from './invitation-rows.ts';
import { areStillOurs, type Entry, finish, finishOurs } from './journal.ts';
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

/** An outcome to be recorded under the row of the journal that this process has begun. */
export interface Recording {
  situation: TrainerSituation;
  entry: Entry;
  outcome: Outcome;
  /** The row of the journal is closed with it. */
  isLast: boolean;
}

/**
 * Records outcomes of different trainers, in one transaction. Returns for each the new rows, null when the row of the journal is not
 * ours any more (then another process went on, and a look at the tool tells what is true), or {@link APART}.
 */
export async function recordOutcomes(
  { database, clock }: PluginContext,
  recordings: readonly Recording[],
): Promise<(AccessRow[] | null | typeof APART)[]> {
  const now = clock.now();
  return database.transaction(async (transaction) => {
    const ours = await areStillOurs(
      transaction,
      recordings.map(({ entry }) => entry),
    );
    const mine = recordings.filter(({ entry }) => ours.get(entry.trainerId));
    const rows = await writeOutcomes(
      transaction,
      mine.map((recording) => ({ ...recording, outcome: () => recording.outcome })),
      now,
    );
    const last = mine.filter(({ isLast }) => isLast).map(({ entry }) => entry);
    await finishOurs(transaction, last, now);
    return recordings.map(({ entry }) => (ours.has(entry.trainerId) ? (rows.get(entry.trainerId) ?? null) : APART));
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
    await writeOutcomes(transaction, [{ situation, entry, outcome: fact.outcome }], now);
  });
}

interface Writing {
  situation: TrainerSituation;
  entry: Entry;
  outcome: (rows: readonly AccessRow[]) => Outcome;
}

/** Returns the rows of each trainer afterwards. */
async function writeOutcomes(
  transaction: Knex.Transaction,
  writings: readonly Writing[],
  now: Date,
): Promise<Map<string, AccessRow[]>> {
  if (writings.length === 0) return new Map();
  const ids = writings.map(({ situation }) => situation.trainerId);
  const current = Map.groupBy(await accessRows(transaction, ids), (row) => row.trainer_id);
  const written = writings.map((writing) => {
    const before = current.get(writing.situation.trainerId) ?? [];
    return { ...writing, ...rowsAfter(writing, before, now) };
  });
  await saveAccess(
    transaction,
    written.flatMap(({ saved }) => saved),
  );
  for (const { situation, deleted } of written)
    for (const place of deleted) await deleteAccess(transaction, situation.trainerId, place);
  await recordAudit(
    transaction,
    written.flatMap(({ audit }) => audit),
  );
  const open = new Map((await openInvitations(transaction, ids)).map((row) => [row.trainer_id, row]));
  for (const { situation, entry, outcome, rows } of written) {
    const { trainerId, toolUserId } = situation;
    if (outcome.toolUserId && outcome.toolUserId !== toolUserId)
      await setToolUserId(transaction, trainerId, outcome.toolUserId);
    const invitation = { open: open.get(trainerId), invite: outcome.invitation, now };
    await withCause(entry.cause, () => settleInvitations(transaction, trainerId, rows, invitation));
  }
  return new Map(written.map(({ situation, rows }) => [situation.trainerId, rows]));
}

/** What an outcome makes of a trainer's rows, and the entries in the audit log that tell of it. */
function rowsAfter({ situation, entry, outcome: outcomeOf }: Writing, current: readonly AccessRow[], now: Date) {
  const { trainerId, workEmail } = situation;
  const outcome = outcomeOf(current);
  const { action, detail } = outcome;
  const rows = new Map(current.map((row) => [row.place, row]));
  const [saved, deleted, audit]: [AccessRow[], string[], AuditEntry[]] = [[], [], []];
  for (const place of new Set(outcome.places)) {
    const before = rows.get(place);
    const after = rowAfter(before, trainerId, place, outcome, now);
    if (after) {
      saved.push(after);
      rows.set(place, after);
    } else {
      deleted.push(place);
      rows.delete(place);
    }
    const states = { before: before?.state ?? null, after: after?.state ?? null };
    const what = { at: now, cause: entry.cause, action, trainerId, workEmail, place };
    audit.push({ ...what, ...states, detail, journalId: entry.id });
  }
  return { outcome, rows: [...rows.values()], saved, deleted, audit };
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
  trainerId: string,
  rows: readonly AccessRow[],
  { open, invite, now }: { open: InvitationRow | undefined; invite: InvitationKind | undefined; now: Date },
): Promise<void> {
  const active = rows.some((row) => row.state === 'active');
  const invited = rows.some((row) => row.state === 'invited');
  const needed = open?.kind === 'join' ? invited : active;
  if (open && !needed) await closeInvitations(transaction, trainerId, active ? 'used' : 'void');
  const stillGood = open && needed && open.kind === invite && open.expires_at > now.getTime();
  if (!invite || stillGood) return;
  const id = await createInvitation(transaction, trainerId, invite, now);
  await markDue(transaction, { kind: 'invitation-mail', key: id }, now);
}

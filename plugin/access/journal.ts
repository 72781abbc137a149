/**
 * The journal: one row a change of somebody's access, begun before the tool is asked and finished with its outcome. A trainer has
 * one open row at most, so that one process at a time changes somebody's access, and whoever dies leaves a trace.
 *
 * | state      | open | means                                              | who goes on                                  |
 * |------------|------|----------------------------------------------------|----------------------------------------------|
 * | running    | yes  | begun by a process that is at work                 | that process; after a minute everybody, by a look |
 * | unknown    | yes  | nobody is at work, the outcome is not recorded     | everybody, by a look at the tool             |
 * | done       | no   | the outcome is recorded                            | –                                            |
 * | settled    | no   | a look at the tool found nothing to put right      | –                                            |
 * | superseded | no   | another row was begun in its place                 | its process, if it lives: see {@link finish} |
 *
 * What came of a row is in the audit log, under the row's id. A change of our own records alone is a row that is begun and done in
 * one transaction ({@link note}). The id of a trainer's last row also tells whether a plan is out of date: {@link begin} refuses it.
 */
import type { Knex } from 'knex';
import { type AuditEntry, recordAudit } from '../audit/audit-log.ts';
import { type Database, isSqlite } from '../store/database.ts';

export interface JournalRow {
  id: number;
  trainer_id: string;
  state: 'running' | 'unknown' | 'done' | 'settled' | 'superseded';
  /** What is to be done, in words. */
  plan: string;
  /** Who or what asked for it, as in the audit log. */
  cause: string;
  begun_at: number;
  finished_at: number | null;
}

/** What the journal says of one trainer. */
export interface Journal {
  /** The id of the last row; 0 when there is none. */
  last: number;
  open: JournalRow | null;
}

/** A row that this process has begun. */
export interface Entry {
  id: number;
  trainerId: string;
  cause: string;
  /** It took the place of a row whose outcome nobody has looked for: finishing it leaves that to a look. */
  isInDoubt: boolean;
}

/**
 * A row that has been running for so long belongs to nobody any more: changing one person's access hardly ever takes a minute. If it
 * does, nothing is lost: the tool is looked at once more than needed.
 */
export const INTERRUPTED_AFTER_MS = 60_000;

/** Whether this row's outcome is not known and nobody is at work on it: a look at the tool tells. */
export function isInterrupted({ open }: Journal, now: Date): boolean {
  return open !== null && (open.state === 'unknown' || now.getTime() >= interruptedAt(open));
}

/** Whether somebody is at work on this trainer's access. */
export function isBusy(journal: Journal, now: Date): boolean {
  return journal.open !== null && !isInterrupted(journal, now);
}

/** When a running row counts as interrupted, in milliseconds since 1970 UTC. */
export function interruptedAt(open: JournalRow): number {
  return open.begun_at + INTERRUPTED_AFTER_MS;
}

/** The journals of everybody, or of these trainers, by trainer id; who is absent has none. Read it before what a plan is made from. */
export async function journals(database: Database, trainerIds?: readonly string[]): Promise<Map<string, Journal>> {
  const open = database<JournalRow>('access_journal').whereNull('finished_at').select('*');
  const latest = database('access_journal').groupBy('trainer_id');
  if (trainerIds) for (const query of [open, latest]) query.whereIn('trainer_id', trainerIds);
  const opened = new Map((await open).map((row) => [row.trainer_id, row]));
  const rows: { trainer_id: string; last: number }[] = await latest.select('trainer_id').max('id as last');
  return new Map(rows.map((row) => [row.trainer_id, { last: row.last, open: opened.get(row.trainer_id) ?? null }]));
}

export const EMPTY_JOURNAL: Journal = { last: 0, open: null };

/** Holds off everybody else who changes this trainer's access until the transaction ends. */
export async function lockTrainer(transaction: Knex.Transaction, trainerId: string): Promise<void> {
  await lockTrainers(transaction, [trainerId]);
}

/**
 * The same for several; returns whose access is held now. One is waited for. Of several those are left out whom somebody else holds at
 * this moment: whoever waits while holding others may be waited for.
 */
async function lockTrainers(transaction: Knex.Transaction, trainerIds: readonly string[]): Promise<Set<string>> {
  // On SQLite the transaction itself is the lock: it is BEGIN IMMEDIATE.
  if (isSqlite(transaction)) return new Set(trainerIds);
  const rows = transaction('trainers').whereIn('id', trainerIds).orderBy('id').forUpdate().select('id');
  if (trainerIds.length > 1) rows.skipLocked();
  const locked: { id: string }[] = await rows;
  return trainerIds.length > 1 ? new Set(locked.map(({ id }) => id)) : new Set(trainerIds);
}

/** A change to be begun. `read`: the journal that its plan was made from; `hasLooked`: the plan was made with a look at the tool. */
export interface Beginning {
  trainerId: string;
  read: Journal;
  hasLooked: boolean;
  plan: string;
  cause: string;
  now: Date;
}

/**
 * Takes the trainer's one open row, in place of an interrupted one. Returns null when somebody has begun or noted something since:
 * then plan again.
 */
export async function begin(transaction: Knex.Transaction, change: Beginning): Promise<Entry | null> {
  return (await beginTogether(transaction, [change])).get(change.trainerId) ?? null;
}

/**
 * The same for several trainers, one change each, by trainer id. Who is absent is held by somebody else at this moment: begin that one
 * by itself.
 */
export async function beginTogether(
  transaction: Knex.Transaction,
  changes: readonly Beginning[],
): Promise<Map<string, Entry | null>> {
  const ids = changes.map(({ trainerId }) => trainerId);
  const locked = await lockTrainers(transaction, ids);
  const known = await journals(transaction, ids);
  const journalOf = (trainerId: string): Journal => known.get(trainerId) ?? EMPTY_JOURNAL;
  const mine = changes.filter(({ trainerId }) => locked.has(trainerId));
  const good = mine.filter(({ trainerId, read, now }) => isAsRead(journalOf(trainerId), read, now));
  const begun = new Map<string, Entry | null>(mine.map(({ trainerId }) => [trainerId, null]));
  if (good.length === 0) return begun;
  const interrupted = good.flatMap(({ trainerId, now }) => {
    const { open } = journalOf(trainerId);
    return open ? [{ id: open.id, now }] : [];
  });
  for (const { id, now } of interrupted) await close(transaction, [id], 'superseded', now);
  const rows = good.map(({ trainerId, plan, cause, now }) => ({
    ...{ trainer_id: trainerId, state: 'running' as const, plan, cause, begun_at: now.getTime() },
  }));
  const inserted = new Map((await insert(transaction, rows)).map(({ trainer_id, id }) => [trainer_id, id]));
  for (const { trainerId, cause, hasLooked } of good) {
    const id = inserted.get(trainerId);
    if (id === undefined) throw new Error('the store did not tell the number of the row');
    const isInDoubt = journalOf(trainerId).open !== null && !hasLooked;
    begun.set(trainerId, { id, trainerId, cause, isInDoubt });
  }
  return begun;
}

function isAsRead({ last, open }: Journal, read: Journal, now: Date): boolean {
  return last === read.last && open?.state === read.open?.state && !isBusy({ last, open }, now);
}

/**
 * Whether each of these rows is still this process's, by trainer id; who is absent is held by somebody else at this moment. When it is
 * not (the process was slow, and another went on), the trainer's open row, or this one again, becomes `unknown`: what was done in the
 * tool meanwhile needs a look.
 */
export async function areStillOurs(
  transaction: Knex.Transaction,
  entries: readonly Entry[],
): Promise<Map<string, boolean>> {
  const ids = entries.map(({ trainerId }) => trainerId);
  const locked = await lockTrainers(transaction, ids);
  const known = await journals(transaction, ids);
  const ours = new Map<string, boolean>();
  for (const { id, trainerId } of entries) {
    if (!locked.has(trainerId)) continue;
    const open = known.get(trainerId)?.open;
    const isOurs = open?.id === id && open.state === 'running';
    ours.set(trainerId, isOurs);
    if (isOurs) continue;
    await transaction<JournalRow>('access_journal')
      .where({ id: open?.id ?? id })
      .update({ state: 'unknown', finished_at: null });
  }
  return ours;
}

/** Closes rows that {@link areStillOurs} found ours in this transaction. Leaves one `unknown` where a look is still needed. */
export async function finishOurs(transaction: Knex.Transaction, entries: readonly Entry[], now: Date): Promise<void> {
  const sure = entries.filter(({ isInDoubt }) => !isInDoubt).map(({ id }) => id);
  if (sure.length > 0) await close(transaction, sure, 'done', now);
  for (const entry of entries) if (entry.isInDoubt) await leave(transaction, entry);
}

/** Closes the row, if it is ours: its outcome is recorded in this transaction. */
export async function finish(transaction: Knex.Transaction, entry: Entry, now: Date): Promise<void> {
  const ours = await areStillOurs(transaction, [entry]);
  if (ours.get(entry.trainerId)) await finishOurs(transaction, [entry], now);
}

/** The outcome is not known, and this process does no more about it. */
export async function leave(database: Database, entry: Entry): Promise<void> {
  await database<JournalRow>('access_journal').where({ id: entry.id, state: 'running' }).update({ state: 'unknown' });
}

/** A look at the tool found nothing to put right: the interrupted row is closed, unless the journal has changed since. */
export async function settle(transaction: Knex.Transaction, read: Journal, now: Date): Promise<void> {
  if (!read.open) return;
  const { trainer_id } = read.open;
  await lockTrainer(transaction, trainer_id);
  const { last, open } = (await journals(transaction, [trainer_id])).get(trainer_id) ?? EMPTY_JOURNAL;
  if (last === read.last && open?.state === read.open.state) await close(transaction, [open.id], 'settled', now);
}

/** A change of our own records only: a row that is done, and its entry in the audit log. */
export async function note(
  transaction: Knex.Transaction,
  entry: Omit<AuditEntry, 'journalId' | 'trainerId'> & { trainerId: string },
): Promise<void> {
  const at = entry.at.getTime();
  const row = { trainer_id: entry.trainerId, state: 'done' as const, plan: entry.action, cause: entry.cause };
  const [made] = await insert(transaction, [{ ...row, begun_at: at, finished_at: at }]);
  if (!made) throw new Error('the store did not tell the number of the row');
  await recordAudit(transaction, { ...entry, journalId: made.id });
}

async function insert(
  transaction: Knex.Transaction,
  rows: readonly (Omit<JournalRow, 'id' | 'finished_at'> & Partial<JournalRow>)[],
): Promise<Pick<JournalRow, 'id' | 'trainer_id'>[]> {
  return transaction<JournalRow>('access_journal')
    .insert([...rows])
    .returning(['id', 'trainer_id']);
}

async function close(
  transaction: Knex.Transaction,
  ids: readonly number[],
  state: 'done' | 'settled' | 'superseded',
  now: Date,
): Promise<void> {
  await transaction<JournalRow>('access_journal').whereIn('id', ids).update({ state, finished_at: now.getTime() });
}

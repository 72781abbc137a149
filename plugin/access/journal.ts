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
import type { Database } from '../store/database.ts';

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
  // On SQLite the transaction itself is the lock: it is BEGIN IMMEDIATE.
  await transaction('trainers').where({ id: trainerId }).forUpdate().select('id');
}

/**
 * Takes the trainer's one open row, in place of an interrupted one. `read`: the journal that the plan was made from; `hasLooked`:
 * the plan was made with a look at the tool. Returns null when somebody has begun or noted something since: then plan again.
 */
export async function begin(
  transaction: Knex.Transaction,
  change: { trainerId: string; read: Journal; hasLooked: boolean; plan: string; cause: string; now: Date },
): Promise<Entry | null> {
  const { trainerId, read, hasLooked, plan, cause, now } = change;
  await lockTrainer(transaction, trainerId);
  const { last, open } = await journalOf(transaction, trainerId);
  if (last !== read.last || open?.state !== read.open?.state || isBusy({ last, open }, now)) return null;
  if (open) await close(transaction, open.id, 'superseded', now);
  const row = { trainer_id: trainerId, state: 'running' as const, plan, cause, begun_at: now.getTime() };
  const id = await insert(transaction, row);
  return { id, trainerId, cause, isInDoubt: open !== null && !hasLooked };
}

/**
 * Whether this row is still this process's. When it is not (the process was slow, and another went on), the trainer's open row, or
 * this one again, becomes `unknown`: what was done in the tool meanwhile needs a look.
 */
export async function isStillOurs(transaction: Knex.Transaction, entry: Entry): Promise<boolean> {
  await lockTrainer(transaction, entry.trainerId);
  const { open } = await journalOf(transaction, entry.trainerId);
  if (open?.id === entry.id && open.state === 'running') return true;
  await transaction<JournalRow>('access_journal')
    .where({ id: open?.id ?? entry.id })
    .update({ state: 'unknown', finished_at: null });
  return false;
}

/** Closes the row: its outcome is recorded in this transaction. Leaves it `unknown` where a look is still needed. */
export async function finish(transaction: Knex.Transaction, entry: Entry, now: Date): Promise<void> {
  if (!(await isStillOurs(transaction, entry))) return;
  if (entry.isInDoubt) await leave(transaction, entry);
  else await close(transaction, entry.id, 'done', now);
}

/** The outcome is not known, and this process does no more about it. */
export async function leave(database: Database, entry: Entry): Promise<void> {
  await database<JournalRow>('access_journal').where({ id: entry.id, state: 'running' }).update({ state: 'unknown' });
}

/** A look at the tool found nothing to put right: the interrupted row is closed, unless the journal has changed since. */
export async function settle(transaction: Knex.Transaction, read: Journal, now: Date): Promise<void> {
  if (!read.open) return;
  await lockTrainer(transaction, read.open.trainer_id);
  const { last, open } = await journalOf(transaction, read.open.trainer_id);
  if (last === read.last && open?.state === read.open.state) await close(transaction, open.id, 'settled', now);
}

/** A change of our own records only: a row that is done, and its entry in the audit log. */
export async function note(
  transaction: Knex.Transaction,
  entry: Omit<AuditEntry, 'journalId' | 'trainerId'> & { trainerId: string },
): Promise<void> {
  const at = entry.at.getTime();
  const journalId = await insert(transaction, {
    trainer_id: entry.trainerId,
    state: 'done',
    plan: entry.action,
    cause: entry.cause,
    begun_at: at,
    finished_at: at,
  });
  await recordAudit(transaction, { ...entry, journalId });
}

async function journalOf(transaction: Knex.Transaction, trainerId: string): Promise<Journal> {
  return (await journals(transaction, [trainerId])).get(trainerId) ?? EMPTY_JOURNAL;
}

async function insert(
  transaction: Knex.Transaction,
  row: Omit<JournalRow, 'id' | 'finished_at'> & Partial<JournalRow>,
) {
  const [made] = await transaction<JournalRow>('access_journal').insert(row).returning('id');
  if (!made) throw new Error('the store did not tell the number of the row');
  return made.id;
}

async function close(
  transaction: Knex.Transaction,
  id: number,
  state: 'done' | 'settled' | 'superseded',
  now: Date,
): Promise<void> {
  await transaction<JournalRow>('access_journal').where({ id }).update({ state, finished_at: now.getTime() });
}

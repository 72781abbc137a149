/** Everything done to anybody's access: when, who or what caused it, before and after. Rows are only ever added. */

import { whereContains } from '../store/contains.ts';
import type { Database } from '../store/database.ts';
import { countRows, type LongList } from '../store/window.ts';

export interface AuditEntry {
  at: Date;
  /** "event 1042 (contract.ended)", "command revoke-all", "timer", "trainer's invitation". */
  cause: string;
  /** "invite", "activate", "adopt", "restore", "remove", "block", "refuse-address", … */
  action: string;
  trainerId?: string | null;
  workEmail?: string | null;
  place?: string | null;
  before?: string | null;
  after?: string | null;
  detail?: string | null;
  /** The row of the access journal that this came of. */
  journalId?: number;
}

export interface AuditRow {
  id: number;
  at: number;
  cause: string;
  action: string;
  trainer_id: string | null;
  work_email: string | null;
  place: string | null;
  before: string | null;
  after: string | null;
  detail: string | null;
  journal_id: number | null;
}

/** The action of putting a backup in place of the store. */
export const RESTORE = 'restore-backup';

/** Adds an entry, or several; run it in the transaction of the change it tells of. */
export async function recordAudit(database: Database, entries: AuditEntry | readonly AuditEntry[]): Promise<void> {
  const rows = [entries].flat().map((entry: AuditEntry) => ({
    at: entry.at.getTime(),
    cause: entry.cause,
    action: entry.action,
    trainer_id: entry.trainerId ?? null,
    work_email: entry.workEmail ?? null,
    place: entry.place ?? null,
    before: entry.before ?? null,
    after: entry.after ?? null,
    detail: entry.detail ?? null,
    journal_id: entry.journalId ?? null,
  }));
  if (rows.length > 0) await database<AuditRow>('audit_log').insert(rows);
}

export interface AuditQuery {
  trainerId?: string;
  /** Only what this caused, in the words of {@link AuditEntry.cause}. */
  cause?: string;
  /** Part of what was done, to whom, where, or of the detail. */
  search?: string;
  /** From and until when, both in milliseconds since 1970 UTC; the end itself does not belong to it. */
  from?: number;
  until?: number;
}

const SEARCHED = ['action', 'trainer_id', 'work_email', 'place', 'detail'];

/** The entries of this query, newest first. */
export function auditList(database: Database, query: AuditQuery): LongList<AuditRow> {
  const rows = () => {
    const entries = database<AuditRow>('audit_log');
    if (query.trainerId) entries.where({ trainer_id: query.trainerId });
    if (query.cause) entries.where({ cause: query.cause });
    if (query.search) whereContains(entries, SEARCHED, query.search);
    if (query.from !== undefined) entries.where('at', '>=', query.from);
    if (query.until !== undefined) entries.where('at', '<', query.until);
    return entries;
  };
  return {
    count: () => countRows(rows()),
    read: ({ offset, limit }) => rows().select('*').orderBy('id', 'desc').offset(offset).limit(limit),
  };
}

/** Whether an entry with this action and detail about this trainer is there. */
export async function wasDone(
  database: Database,
  { action, trainerId, detail }: { action: string; trainerId: string; detail: string },
): Promise<boolean> {
  const row = await database<AuditRow>('audit_log').where({ action, trainer_id: trainerId, detail }).first('id');
  return row !== undefined;
}

/** When the newest entry with this action was made; null when there is none. */
export async function lastTime(database: Database, action: string): Promise<Date | null> {
  const row = await database<AuditRow>('audit_log').where({ action }).orderBy('id', 'desc').first('at');
  return row ? new Date(Number(row.at)) : null;
}

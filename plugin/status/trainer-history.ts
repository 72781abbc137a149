/** What happened with one trainer, and what they worked: for their page in the console. */
import { invitationRows } from '../access/invitation-rows.ts';
import { auditList } from '../audit/audit-log.ts';
import type { StoreContext } from '../context.ts';
import { addDays, dayOf } from '../usage/days.ts';

const AUDIT_SHOWN = 100;
/** So many days of work are shown, today included. */
export const DAYS_OF_WORK = 28;

export interface HistoryEntry {
  /** Milliseconds since 1970 UTC. */
  at: number;
  what: string;
  /** What or who caused it. */
  by: string;
}

/** Every change of their access and every invitation mail, the latest first; of the audit log the last 100. */
export async function historyOf({ database }: StoreContext, trainerId: string): Promise<HistoryEntry[]> {
  const entries = await auditList(database, { trainerId }).read({ offset: 0, limit: AUDIT_SHOWN });
  const changes = entries.map((row) => {
    const states = row.before || row.after ? ` (${row.before ?? 'none'} → ${row.after ?? 'none'})` : '';
    return { at: row.at, what: `${row.action}${states}${row.detail ? `: ${row.detail}` : ''}`, by: row.cause };
  });
  const mails = (await invitationRows(database, [trainerId])).flatMap((row) => [
    ...(row.mailed_at === null ? [] : [{ at: row.mailed_at, what: 'the invitation was mailed', by: 'the plugin' }]),
    ...(row.used_at === null ? [] : [{ at: row.used_at, what: 'the invitation was accepted', by: 'the trainer' }]),
  ]);
  return [...changes, ...mails].sort((a, b) => b.at - a.at);
}

export interface WorkDay {
  day: string;
  contract: string;
  labels: number | null;
  tasks: number | null;
  seconds: number | null;
}

/** What OpenTrain accepted of them in the last 28 days, the latest first. */
export async function workOf({ database, clock, settings }: StoreContext, trainerId: string): Promise<WorkDay[]> {
  const since = addDays(dayOf(clock.now(), settings.usage.timezone), 1 - DAYS_OF_WORK);
  type Row = {
    work_date: string;
    contract_id: string;
    title: string | null;
    labels_completed: number | null;
    tasks_completed: number | null;
    total_seconds: number | null;
  };
  const rows: Row[] = await database('usage_days')
    .leftJoin('contracts', 'contracts.id', 'usage_days.contract_id')
    .where('usage_days.trainer_id', trainerId)
    .where('work_date', '>=', since)
    .select('work_date', 'contract_id', 'title', 'labels_completed', 'tasks_completed', 'total_seconds')
    .orderBy([{ column: 'work_date', order: 'desc' }, { column: 'contract_id' }]);
  return rows.map((row) => ({
    day: row.work_date,
    contract: row.title ?? row.contract_id,
    labels: row.labels_completed,
    tasks: row.tasks_completed,
    seconds: row.total_seconds,
  }));
}

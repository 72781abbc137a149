/**
 * Deletes what is past its age, in small steps.
 *
 * | what                                              | kept                                               |
 * |---------------------------------------------------|----------------------------------------------------|
 * | finished deliveries                               | 90 days                                            |
 * | audit log, and finished changes in the journal    | 730 days                                           |
 * | corrections of usage, cuts, work without contract | 400 days                                           |
 * | days as they were counted, and their flags        | 400 days                                           |
 * | budget history: changes of state                  | for ever: few                                      |
 * | budget history: the rest                          | a day; then the last of each day, for 400 days     |
 * | console sessions, sign-in links, password links   | 30 days after they expired                         |
 * | turns of the timetable                            | 7 days                                             |
 * | what came of runs asked for in the console         | 30 days                                            |
 *
 * Finished queue items are no rows any more, and usage days are never deleted: totals are compared with them. `docs/databases.md`
 * says it of every table.
 */
import { thinBudgetHistory } from '../budget/budget-rows.ts';
import type { PluginContext } from '../context.ts';
import { deleteInSteps } from '../store/delete-in-steps.ts';

const DAY_MS = 86_400_000;

export const keptDays = { deliveries: 90, audit: 730, corrections: 400, budgets: 400, expired: 30, slots: 7 } as const;

/** Throws what the store throws; what was deleted until then stays deleted. */
export async function prune({ database, clock, log }: PluginContext): Promise<void> {
  const now = clock.now().getTime();
  const before = (days: number): number => now - days * DAY_MS;
  const past = (table: string, column: string, days: number, key: readonly string[] = ['id']): Promise<number> =>
    deleteInSteps(database, table, key, (rows) => rows.where(column, '<', before(days)));
  const oldest = new Date(before(keptDays.corrections)).toISOString().slice(0, 10);
  const ofOldDays = (table: string, key: readonly string[]): Promise<number> =>
    deleteInSteps(database, table, key, (rows) => rows.where('work_date', '<', oldest));
  const deleted = {
    deliveries: await deleteInSteps(database, 'deliveries', ['id'], (rows) =>
      rows.whereNotNull('finished_at').where('received_at', '<', before(keptDays.deliveries)),
    ),
    audit: await past('audit_log', 'at', keptDays.audit),
    journal: await past('access_journal', 'finished_at', keptDays.audit),
    corrections: await past('usage_corrections', 'at', keptDays.corrections),
    cuts: await past('usage_cuts', 'at', keptDays.corrections, ['trainer_id', 'project_id', 'work_date']),
    uncovered: await ofOldDays('uncovered_work', ['trainer_id', 'project_id', 'work_date']),
    counted: await ofOldDays('counted_days', ['trainer_id', 'project_id', 'work_date']),
    flags: await ofOldDays('usage_flags', ['trainer_id', 'work_date', 'kind']),
    budgets: await thinBudgetHistory(database, { wholeSince: before(1), since: before(keptDays.budgets) }),
    sessions: await past('console_sessions', 'expires_at', keptDays.expired),
    tickets: await past('console_tickets', 'expires_at', keptDays.expired),
    consoleRuns: await past('console_runs', 'asked_at', keptDays.expired),
    passwordLinks: await past('password_resets', 'expires_at', keptDays.expired),
    slots: await past('schedule_slots', 'slot', keptDays.slots, ['name', 'slot']),
  };
  log.info(deleted, 'pruned');
}

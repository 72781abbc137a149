/** Decreases that are held or were dropped, and another database in the place of the tool's: for looking at pages. */
import { addDays } from '../../plugin/usage/days.ts';
import type { AccessWorld } from './access-world.ts';

const HOUR_MS = 3_600_000;

/** Three held days of one contract, one of another, and two that an admin dropped. */
export async function fillHeld({ store: { database }, date, now }: AccessWorld): Promise<void> {
  const today = date.toISOString().slice(0, 10);
  const row = (contract: number, back: number, labels: number, decision: 'dropped' | null = null) => ({
    ...{ contract_id: `ctr_${contract}`, trainer_id: `usr_${contract}`, work_date: addDays(today, -back) },
    ...{ total_seconds: labels * 12, tasks_completed: Math.round(labels / 8), labels_completed: labels },
    ...{ accepted_seconds: 18_360 + back * 311, accepted_tasks: 164, accepted_labels: 1_240 + back * 17 },
    ...{ decision, held_at: now - 5 * HOUR_MS, decided_at: decision === null ? null : now - 2 * HOUR_MS },
  });
  await database('usage_held').insert([
    ...[2, 3, 4].map((back) => row(1, back, 0)),
    row(2, 6, 310),
    ...[8, 9].map((back) => row(3, back, 12, 'dropped')),
  ]);
  const problem = (days: string) => `${days} would become less than half of what OpenTrain accepted.`;
  await database('contracts')
    .where({ id: 'ctr_1' })
    .update({ usage_problem: problem('3 days') });
  await database('contracts')
    .where({ id: 'ctr_2' })
    .update({ usage_problem: problem('1 day') });
  const found = 'organization 1 of 3 May 2031, the first account of 3 May 2031, no project that was known';
  await database('other_tool_database').insert({ id: 1, since: now - HOUR_MS, found });
}

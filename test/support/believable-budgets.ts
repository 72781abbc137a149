/** The history of a budget over weeks, and thresholds of one's own: for looking at pages. */
import { budgetRow, recordBudget } from '../../plugin/budget/budget-rows.ts';
import { storeForecast } from '../../plugin/budget/forecast.ts';
import { setThreshold } from '../../plugin/budget/threshold-rows.ts';
import type { AccessWorld } from './access-world.ts';

const DAY_MS = 86_400_000;
const DAYS = 30;
const FUNDED = 20_000;
/** The second milestone came on this day. */
const FUNDED_ON = 12;

/** Gives the first contract 30 days of history, with a funding, and both kinds of threshold: 75 % for all jobs, 45 days for job_boxes. */
export async function fillBudgets(world: AccessWorld): Promise<void> {
  const { database } = world.store;
  await database('budget_history').where({ contract_id: 'ctr_1' }).delete();
  for (let day = 0; day < DAYS; day++) {
    const fundedVolume = day < FUNDED_ON ? FUNDED / 2 : FUNDED;
    const consumedVolume = Math.round((FUNDED * 0.42 * (day + (day % 3) / 4)) / DAYS);
    const consumedFraction = consumedVolume / fundedVolume;
    const budget = {
      ...{ contractId: 'ctr_1', paymentType: 'PAY_PER_LABEL', state: 'OK' as const, lastUsageAt: null },
      ...{ fundedVolume, consumedVolume, consumedFraction },
    };
    const source = day === FUNDED_ON ? 'event 1042 (milestone.funded)' : 'usage report';
    const row = budgetRow(budget, new Date(world.now - (DAYS - day) * DAY_MS));
    await recordBudget(database, { ...row, source, previous_state: day === 0 ? null : 'OK' });
  }
  for (const id of ['ctr_1', 'ctr_2', 'ctr_3', 'ctr_4']) await storeForecast(database, id, world.date);
  await setThreshold(world.context, null, { usedPercent: 75, daysLeft: null }, 'console link');
  await setThreshold(world.context, 'job_boxes', { usedPercent: null, daysLeft: 45 }, 'console link');
}

/** Until when a budget lasts at the pace of the last 14 days, from what OpenTrain told about it in that time. */
import type { PluginContext } from '../context.ts';
import { type Budget, budgetSchema } from '../platform/types.ts';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import { storeFundedUntil } from './budget-rows.ts';
import { type BudgetStatus, readBudgets } from './budget-status.ts';

const DAY_MS = 86_400_000;
const PACE_DAYS = 14;
/** A pace of less time than this says nothing. */
const SHORTEST_PACE_MS = DAY_MS;

export interface BudgetForecast {
  contractId: string;
  /** How much is consumed a day; null: not known yet. */
  perDay: number | null;
  /** When it is used up at this pace, in milliseconds since 1970 UTC; null: nothing is consumed, or it is not known. */
  fundedUntil: number | null;
}

/** What was consumed at a time. */
interface Consumed {
  at: number;
  volume: number;
}

/**
 * Pure. `earlier` is what was consumed at the beginning of the pace. A budget that is used up is funded until `now.at`.
 */
export function forecast(
  funded: number | null,
  now: Consumed | null,
  earlier: Consumed | null,
): Pick<BudgetForecast, 'perDay' | 'fundedUntil'> {
  if (funded === null || now === null) return { perDay: null, fundedUntil: null };
  const left = funded - now.volume;
  const time = earlier === null ? 0 : now.at - earlier.at;
  const perDay = earlier !== null && time >= SHORTEST_PACE_MS ? ((now.volume - earlier.volume) / time) * DAY_MS : null;
  if (left <= 0) return { perDay, fundedUntil: now.at };
  return { perDay, fundedUntil: perDay !== null && perDay > 0 ? now.at + (left / perDay) * DAY_MS : null };
}

/** The forecast of the budgets of active contracts that say how much was funded; those that run out first come first. */
export async function readForecasts(
  { database, clock }: Pick<PluginContext, 'database' | 'clock'>,
  budgets: readonly BudgetStatus[],
): Promise<BudgetForecast[]> {
  const running = budgets.filter(({ contractStatus }) => contractStatus === 'active');
  const earlier = await consumedAtFirst(
    database,
    running.map(({ contractId }) => contractId),
    clock.now().getTime() - PACE_DAYS * DAY_MS,
  );
  const forecasts = running.map(({ contractId, fundedVolume, consumedVolume, at }) => {
    const now = consumedVolume === null ? null : { at, volume: consumedVolume };
    return { contractId, ...forecast(fundedVolume, now, earlier.get(contractId) ?? null) };
  });
  return forecasts.sort(
    (a, b) => (a.fundedUntil ?? Number.POSITIVE_INFINITY) - (b.fundedUntil ?? Number.POSITIVE_INFINITY),
  );
}

/** Stores how much of this budget is used, and when it is used up by its forecast: long lists are ordered and searched by both. */
export async function storeForecast(database: Database, contractId: string, now: Date): Promise<void> {
  const budgets = await readBudgets(database, [contractId]);
  const [told] = await readForecasts({ database, clock: { now: () => now } }, budgets);
  const at = told?.fundedUntil == null ? null : Math.round(told.fundedUntil);
  await storeFundedUntil(database, contractId, { at, used: budgets[0]?.consumedFraction ?? null });
}

/** The first that was told of each of these contracts' budgets since then. */
async function consumedAtFirst(
  database: Database,
  contractIds: readonly string[],
  since: number,
): Promise<Map<string, Consumed>> {
  const rows: { contract_id: string; at: number; budget: string }[] = await inChunks(contractIds, (chunk) =>
    database('budget_history')
      .whereIn(
        'id',
        database('budget_history')
          .whereIn('contract_id', chunk)
          .where('at', '>=', since)
          .groupBy('contract_id')
          .min('id'),
      )
      .select('contract_id', 'at', 'budget'),
  );
  return new Map(
    rows.flatMap(({ contract_id, at, budget }) => {
      const told: Budget | undefined = budgetSchema.safeParse(JSON.parse(budget)).data;
      const volume = told?.consumedVolume ?? null;
      return volume === null ? [] : [[contract_id, { at, volume }] as const];
    }),
  );
}

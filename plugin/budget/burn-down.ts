/** How a budget went: what OpenTrain told about it over time. */
import { type BudgetState, budgetSchema } from '../platform/types.ts';
import type { Database } from '../store/database.ts';
import type { Window } from '../store/window.ts';
import type { BudgetHistoryRow } from './budget-rows.ts';

const DAY_MS = 86_400_000;

export interface ToldBudget {
  at: number;
  state: BudgetState;
  fundedVolume: number | null;
  consumedVolume: number | null;
}

export interface BudgetChange extends ToldBudget {
  /** What told us: "usage report", "event 1042 (milestone.funded)". */
  source: string;
  previousState: BudgetState | null;
  /** Beside what was told before; null where one of them is not known. */
  fundedChange: number | null;
  consumedChange: number | null;
}

/** The last that was told on each UTC day since then (milliseconds since 1970 UTC), the oldest first. */
export async function burnDown(database: Database, contractId: string, since: number): Promise<ToldBudget[]> {
  const last = database('budget_history')
    .where({ contract_id: contractId })
    .where('at', '>=', since)
    .groupByRaw(`at / ${DAY_MS}`)
    .max('id');
  const rows: BudgetHistoryRow[] = await database('budget_history')
    .whereIn('id', last)
    .orderBy(['at', 'id'])
    .select('*');
  return rows.map(told);
}

/** Everything that was told, the latest first, each with what it changed. */
export async function budgetChanges(
  database: Database,
  contractId: string,
  { offset, limit }: Window,
): Promise<BudgetChange[]> {
  const rows = await database<BudgetHistoryRow>('budget_history')
    .where({ contract_id: contractId })
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .offset(offset)
    // One more: what was told before the last one shown.
    .limit(limit + 1)
    .select('*');
  return rows.slice(0, limit).map((row, index) => {
    const [now, earlier] = [told(row), rows[index + 1]];
    const before = earlier ? told(earlier) : null;
    return {
      ...now,
      source: row.source,
      previousState: row.previous_state,
      fundedChange: difference(before?.fundedVolume, now.fundedVolume),
      consumedChange: difference(before?.consumedVolume, now.consumedVolume),
    };
  });
}

function told({ at, state, budget }: BudgetHistoryRow): ToldBudget {
  const read = budgetSchema.safeParse(JSON.parse(budget)).data;
  return { at, state, fundedVolume: read?.fundedVolume ?? null, consumedVolume: read?.consumedVolume ?? null };
}

function difference(before: number | null | undefined, now: number | null): number | null {
  return before === null || before === undefined || now === null ? null : now - before;
}

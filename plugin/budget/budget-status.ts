/** The budget of each contract, as pages and reports show it. */
import type { ContractStatus } from '../mirror/newer.ts';
import { type BudgetState, budgetSchema, type Milestone } from '../platform/types.ts';
import type { Database } from '../store/database.ts';
import { allBudgets, type BudgetOfContract, budgetsOf, spentBudgets } from './budget-rows.ts';

export interface BudgetStatus {
  contractId: string;
  title: string | null;
  contractStatus: ContractStatus | null;
  jobId: string | null;
  state: BudgetState;
  paymentType: string | null;
  fundedVolume: number | null;
  consumedVolume: number | null;
  /** 0.8 and more is LOW, 1 and more is DEPLETED. */
  consumedFraction: number | null;
  /** The funded milestone that is worked on; null when there is none, or none was told. */
  activeMilestone: Milestone | null;
  /** When it is used up by the forecast made when it was read last, in milliseconds since 1970 UTC; null: unknown. */
  fundedUntil: number | null;
  at: number;
}

/** "milestone Second batch: 500 USD, ACTIVE_FUNDED"; null when there is none. `number` formats the amount. */
export function milestoneText(
  { activeMilestone }: Pick<BudgetStatus, 'activeMilestone'>,
  number: (value: number) => string,
): string | null {
  if (!activeMilestone) return null;
  const { id, name, amountUsd, status } = activeMilestone;
  const told = [typeof amountUsd === 'number' ? `${number(amountUsd)} USD` : null, status].filter(Boolean);
  return `milestone ${name || id}${told.length > 0 ? `: ${told.join(', ')}` : ''}`;
}

/** Which budgets: all, those of these contracts, or those of active contracts that are LOW or DEPLETED. */
export type WhichBudgets = 'all' | 'spent' | readonly string[];

/** Budgets as OpenTrain last told them, the most used first. */
export async function readBudgets(database: Database, which: WhichBudgets): Promise<BudgetStatus[]> {
  const rows = await (which === 'all'
    ? allBudgets(database)
    : which === 'spent'
      ? spentBudgets(database)
      : budgetsOf(database, which));
  return rows.map(budgetStatus).sort((a, b) => (b.consumedFraction ?? 0) - (a.consumedFraction ?? 0));
}

/** As pages and reports show it. */
export function budgetStatus(row: BudgetOfContract): BudgetStatus {
  const budget = budgetSchema.safeParse(JSON.parse(row.budget)).data;
  return {
    contractId: row.contract_id,
    title: row.title,
    contractStatus: row.status,
    jobId: row.job_id,
    state: row.state,
    paymentType: budget?.paymentType ?? null,
    fundedVolume: budget?.fundedVolume ?? null,
    consumedVolume: budget?.consumedVolume ?? null,
    consumedFraction: budget?.consumedFraction ?? null,
    activeMilestone: budget?.activeMilestone ?? null,
    fundedUntil: row.funded_until ?? null,
    at: row.at,
  };
}

/** The budget of each contract, as pages and reports show it. */
import type { PluginContext } from '../context.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import { type BudgetState, budgetSchema, type Milestone } from '../platform/types.ts';
import { allBudgets, type BudgetRow } from './budget-rows.ts';

export interface BudgetStatus {
  contractId: string;
  title: string | null;
  contractStatus: 'active' | 'ended' | null;
  state: BudgetState;
  paymentType: string | null;
  fundedVolume: number | null;
  consumedVolume: number | null;
  /** 0.8 and more is LOW, 1 and more is DEPLETED. */
  consumedFraction: number | null;
  /** The funded milestone that is worked on; null when there is none, or none was told. */
  activeMilestone: Milestone | null;
  at: number;
}

/** The budget of every contract as OpenTrain last told it, the most used first. */
export async function readBudgets(
  { database }: PluginContext,
  contracts: readonly ContractRow[],
): Promise<BudgetStatus[]> {
  const byId = new Map(contracts.map((row) => [row.id, row]));
  const budgets = (await allBudgets(database)).map((row) => budgetStatus(row, byId.get(row.contract_id)));
  return budgets.sort((a, b) => (b.consumedFraction ?? 0) - (a.consumedFraction ?? 0));
}

function budgetStatus(row: BudgetRow, contract: ContractRow | undefined): BudgetStatus {
  const budget = budgetSchema.safeParse(JSON.parse(row.budget)).data;
  return {
    contractId: row.contract_id,
    title: contract?.title ?? null,
    contractStatus: contract?.status ?? null,
    state: row.state,
    paymentType: budget?.paymentType ?? null,
    fundedVolume: budget?.fundedVolume ?? null,
    consumedVolume: budget?.consumedVolume ?? null,
    consumedFraction: budget?.consumedFraction ?? null,
    activeMilestone: budget?.activeMilestone ?? null,
    at: row.at,
  };
}

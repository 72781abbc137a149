/** The budget of each contract as OpenTrain last told it, and its history. */
import type { Budget, BudgetState } from '../platform/types.ts';
import type { Database } from '../store/database.ts';

export interface BudgetRow {
  contract_id: string;
  state: BudgetState;
  /** JSON of OpenTrain's budget object. */
  budget: string;
  at: number;
}

export interface BudgetHistoryRow {
  id: number;
  contract_id: string;
  at: number;
  /** What told us: "usage report", "event 1042 (milestone.funded)". */
  source: string;
  /** null: the first that we heard of this budget. */
  previous_state: BudgetState | null;
  state: BudgetState;
  budget: string;
}

export async function allBudgets(database: Database): Promise<BudgetRow[]> {
  return database<BudgetRow>('budgets').select('*').orderBy('contract_id');
}

/** The budgets of active contracts that were LOW or DEPLETED when OpenTrain last told. */
export async function spentBudgets(database: Database): Promise<BudgetRow[]> {
  return database<BudgetRow>('budgets')
    .join('contracts', 'contracts.id', 'budgets.contract_id')
    .where('contracts.status', 'active')
    .whereNot('budgets.state', 'OK')
    .select('budgets.*')
    .orderBy('budgets.contract_id');
}

export async function findBudget(database: Database, contractId: string): Promise<BudgetRow | undefined> {
  return database<BudgetRow>('budgets').where({ contract_id: contractId }).first();
}

/** Stores the first budget of a contract; false when there is one already. */
export async function insertBudget(database: Database, row: BudgetRow): Promise<boolean> {
  const inserted = await database<BudgetRow>('budgets')
    .insert(row)
    .onConflict('contract_id')
    .ignore()
    .returning('contract_id');
  return inserted.length > 0;
}

/** Replaces a budget unless somebody else did so first; returns whether it was replaced. */
export async function replaceBudget(database: Database, known: BudgetRow, row: BudgetRow): Promise<boolean> {
  const changed = await database<BudgetRow>('budgets')
    .where({ contract_id: known.contract_id, state: known.state, budget: known.budget })
    .update({ state: row.state, budget: row.budget, at: row.at });
  return changed > 0;
}

/** Adds to the history; returns the id of the entry. */
export async function recordBudget(database: Database, row: Omit<BudgetHistoryRow, 'id'>): Promise<number> {
  const [inserted] = await database<BudgetHistoryRow>('budget_history').insert(row).returning('id');
  return Number(inserted?.id);
}

export async function findBudgetHistory(database: Database, id: number): Promise<BudgetHistoryRow | undefined> {
  return database<BudgetHistoryRow>('budget_history').where({ id }).first();
}

/** The row of a budget object. */
export function budgetRow(budget: Budget, at: Date): BudgetRow {
  return { contract_id: budget.contractId, state: budget.state, budget: JSON.stringify(budget), at: at.getTime() };
}

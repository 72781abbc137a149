/** The budget of each contract as OpenTrain last told it, and its history. */

import { throwIfAborted } from '../abort.ts';
import type { ContractStatus } from '../mirror/newer.ts';
import type { Budget, BudgetState } from '../platform/types.ts';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import { countRows, type LongList } from '../store/window.ts';

export interface BudgetRow {
  contract_id: string;
  state: BudgetState;
  /** JSON of OpenTrain's budget object. */
  budget: string;
  at: number;
  /** When it is used up by the last forecast, in milliseconds since 1970 UTC; null: unknown. */
  funded_until?: number | null;
  /** How much of it is used, 1 for all; null: not told. */
  consumed_fraction?: number | null;
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

export interface BudgetOfContract extends BudgetRow {
  /** null: the contract is not known. */
  title: string | null;
  status: ContractStatus | null;
  job_id: string | null;
}

function withContract(database: Database) {
  return database<BudgetRow>('budgets')
    .leftJoin('contracts', 'contracts.id', 'budgets.contract_id')
    .select<BudgetOfContract[]>('budgets.*', 'contracts.title', 'contracts.status', 'contracts.job_id')
    .orderBy('budgets.contract_id');
}

export async function allBudgets(database: Database): Promise<BudgetOfContract[]> {
  return withContract(database);
}

/** The budgets of these contracts. */
export async function budgetsOf(database: Database, contractIds: readonly string[]): Promise<BudgetOfContract[]> {
  return inChunks(contractIds, (chunk) => withContract(database).whereIn('budgets.contract_id', chunk));
}

/** The budgets of active contracts, of all jobs or of these, that were LOW or DEPLETED when OpenTrain last told. */
export async function spentBudgets(database: Database, jobIds?: readonly string[]): Promise<BudgetOfContract[]> {
  const spent = () => withContract(database).where('contracts.status', 'active').whereRaw("budgets.state <> 'OK'");
  if (!jobIds) return spent();
  return inChunks(jobIds, (chunk) => spent().whereIn('contracts.job_id', chunk));
}

/** The budgets of active contracts of which at least this part is used, or whose forecast ends before this time. */
export async function budgetsNearEnd(
  database: Database,
  { used, endsBefore }: { used: number | null; endsBefore: number | null },
): Promise<BudgetOfContract[]> {
  if (used === null && endsBefore === null) return [];
  return withContract(database)
    .where('contracts.status', 'active')
    .where((near) => {
      if (used !== null) near.orWhere('budgets.consumed_fraction', '>=', used);
      if (endsBefore !== null) near.orWhere('budgets.funded_until', '<=', endsBefore);
    });
}

/** The ids of active contracts: those whose budget is used up first come first, then those that are spent. */
export function contractsByBudget(database: Database): LongList<string> {
  const active = () => database('contracts').where('contracts.status', 'active');
  return {
    count: () => countRows(active()),
    async read({ offset, limit }) {
      const rows: { id: string }[] = await active()
        .leftJoin('budgets', 'contracts.id', 'budgets.contract_id')
        .orderByRaw('CASE WHEN funded_until IS NULL THEN 1 ELSE 0 END, funded_until')
        .orderByRaw(
          "CASE state WHEN 'DEPLETED' THEN 0 WHEN 'LOW' THEN 1 ELSE 2 END, contracts.created_at, contracts.id",
        )
        .select('contracts.id')
        .offset(offset)
        .limit(limit);
      return rows.map(({ id }) => id);
    },
  };
}

/** The budgets of active contracts that are used up first by their forecast, the first one first: at most so many. */
export async function firstBudgetsToEnd(database: Database, most: number): Promise<BudgetOfContract[]> {
  return withContract(database)
    .clearOrder()
    .where('contracts.status', 'active')
    .whereNotNull('budgets.funded_until')
    .orderBy(['budgets.funded_until', 'budgets.contract_id'])
    .limit(most);
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

/** Keeps the forecast and how much is used; writes nothing when both are stored already. */
export async function storeFundedUntil(
  database: Database,
  contractId: string,
  { at, used }: { at: number | null; used: number | null },
): Promise<void> {
  await database<BudgetRow>('budgets')
    .where({ contract_id: contractId })
    .whereRaw('(COALESCE(funded_until, -1) <> ? OR COALESCE(consumed_fraction, -1) <> ?)', [at ?? -1, used ?? -1])
    .update({ funded_until: at, consumed_fraction: used });
}

/** Adds to the history; returns the id of the entry. */
export async function recordBudget(database: Database, row: Omit<BudgetHistoryRow, 'id'>): Promise<number> {
  const [inserted] = await database<BudgetHistoryRow>('budget_history').insert(row).returning('id');
  return Number(inserted?.id);
}

export async function findBudgetHistory(database: Database, id: number): Promise<BudgetHistoryRow | undefined> {
  return database<BudgetHistoryRow>('budget_history').where({ id }).first();
}

const ROWS_PER_WINDOW = 2_000;
const DAY_MS = 86_400_000;

/**
 * Keeps changes of state and, of what is older than `wholeSince`, the last row of each contract and UTC day; what is older than
 * `since` goes as well. Times in milliseconds since 1970 UTC. One pass, a window of rows a statement. Returns how many went.
 */
export async function thinBudgetHistory(
  database: Database,
  { wholeSince, since }: { wholeSince: number; since: number },
): Promise<number> {
  let after = 0;
  let deleted = 0;
  for (;;) {
    throwIfAborted();
    const ids: { id: number }[] = await database('budget_history')
      .select('id')
      .where('id', '>', after)
      .orderBy('id')
      .limit(ROWS_PER_WINDOW);
    const last = ids.at(-1)?.id;
    if (last === undefined) return deleted;
    deleted += await database('budget_history')
      .whereBetween('id', [after + 1, Number(last)])
      .whereRaw('previous_state = state')
      .where('at', '<', wholeSince)
      .where((row) => row.where('at', '<', since).orWhereExists(laterOnThatDay(database)))
      .delete();
    after = Number(last);
  }
}

/** The day is a range, so that the index by contract and time finds its rows. */
function laterOnThatDay(database: Database) {
  return database('budget_history as later')
    .select('later.id')
    .whereRaw('later.contract_id = budget_history.contract_id AND later.id > budget_history.id')
    .whereRaw(`later.at >= budget_history.at / ${DAY_MS} * ${DAY_MS}`)
    .whereRaw(`later.at < (budget_history.at / ${DAY_MS} + 1) * ${DAY_MS}`);
}

/** The row of a budget object. */
export function budgetRow(budget: Budget, at: Date): BudgetRow {
  return { contract_id: budget.contractId, state: budget.state, budget: JSON.stringify(budget), at: at.getTime() };
}

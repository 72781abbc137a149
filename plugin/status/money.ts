/** Contracts, budgets, and what could not be reported. */
import type { PluginContext } from '../context.ts';
import { type BudgetState, budgetSchema } from '../opentrain/types.ts';
import { allBudgets, type BudgetRow } from '../store/budgets.ts';
import type { ContractRow } from '../store/contracts.ts';
import { allRefusals } from '../store/usage-refusals.ts';

export interface ContractsStatus {
  active: number;
  ended: number;
  /** Ended, and the final count has not been accepted yet. */
  finalCountsDue: { id: string; title: string | null; endedSeenAt: number | null }[];
  /** Contracts whose usage cannot be sent at the moment. */
  problems: { id: string; title: string | null; problem: string; since: number | null }[];
}

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
  at: number;
}

export interface RefusalStatus {
  contractId: string;
  title: string | null;
  trainerId: string;
  day: string;
  message: string;
  requestId: string | null;
  at: number;
}

/** How many contracts there are, and which still owe something. */
export function contractsStatus(contracts: readonly ContractRow[]): ContractsStatus {
  const ended = contracts.filter(({ status }) => status === 'ended');
  return {
    active: contracts.length - ended.length,
    ended: ended.length,
    finalCountsDue: ended
      .filter((row) => row.final_reported_at === null)
      .map(({ id, title, ended_seen_at }) => ({ id, title, endedSeenAt: ended_seen_at })),
    problems: contracts.flatMap(({ id, title, usage_problem, usage_problem_at }) =>
      usage_problem ? [{ id, title, problem: usage_problem, since: usage_problem_at }] : [],
    ),
  };
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
    at: row.at,
  };
}

/** Days that OpenTrain refused, with its words. */
export async function readRefusals(
  { database }: PluginContext,
  contracts: readonly ContractRow[],
): Promise<RefusalStatus[]> {
  const titles = new Map(contracts.map((row) => [row.id, row.title]));
  return (await allRefusals(database)).map((row) => ({
    contractId: row.contract_id,
    title: titles.get(row.contract_id) ?? null,
    trainerId: row.trainer_id,
    day: row.work_date,
    message: row.message,
    requestId: row.request_id,
    at: row.at,
  }));
}

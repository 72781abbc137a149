/**
 * What OpenTrain says of a contract's budget, from events and from usage reports alike: stored, kept in a history, and acted on
 * once for each crossing (contract: "Budget").
 *
 * | state becomes | then                                                                      |
 * |---------------|---------------------------------------------------------------------------|
 * | LOW           | the notice of every project linked to the job is worked out anew          |
 * | DEPLETED      | that, and a mail to the trainers of the contract and to REPORT_TO         |
 * | OK            | the notices are worked out anew: they vanish when nothing else needs them |
 */
import type { Knex } from 'knex';
import type { PluginContext } from '../context.ts';
import { findContract } from '../mirror/contracts.ts';
import { jobsOfOtherTools, liveLinksOfJob } from '../mirror/project-links.ts';
import { trainersOfContract } from '../mirror/trainers.ts';
import { isGone } from '../platform/is-gone.ts';
import type { Budget, BudgetState } from '../platform/types.ts';
import { budgetSchema } from '../platform/types.ts';
import { markDue } from '../queue/items.ts';
import { ADMIN, budgetMailKey } from './budget-mail-key.ts';
import {
  type BudgetRow,
  budgetRow,
  findBudget,
  insertBudget,
  recordBudget,
  replaceBudget,
  spentBudgets,
} from './budget-rows.ts';
import { storeForecast } from './forecast.ts';

/** Stores a budget that OpenTrain sent. `source`: what told us, for the history. */
export async function acceptBudget(context: PluginContext, budget: Budget, source: string): Promise<void> {
  await context.database.transaction((transaction) => storeBudget(transaction, budget, source, context.clock.now()));
}

/**
 * Reads a contract's budget from OpenTrain and stores it, unless its job is another tool's. Throws OpenTrainUnavailable, and
 * OpenTrainRefused except for a 404.
 */
export async function refreshBudget(context: PluginContext, contractId: string, source: string): Promise<void> {
  const contract = await findContract(context.database, contractId);
  if (contract && (await jobsOfOtherTools(context.database)).has(contract.job_id)) return;
  try {
    const budget = await context.openTrain.budget(contractId);
    // One that cannot be read was told as contract drift: what is stored stays.
    if (budget) await acceptBudget(context, budget, source);
  } catch (error) {
    // No link leads to the job any more: there is no project left on which to show anything.
    if (!isGone(error)) throw error;
    context.log.info({ contractId, error: error.message }, 'the budget can no longer be read');
  }
}

/**
 * Marks the budgets of running contracts as due that are LOW or DEPLETED. A report tells of a budget that runs out; that it was
 * funded again only an event tells, which may never come, and nobody works where the notice says that work is not paid.
 */
export async function markSpentBudgets(context: PluginContext, source: string): Promise<void> {
  for (const { contract_id } of await spentBudgets(context.database)) {
    await markDue(context.database, { kind: 'budget', key: contract_id, detail: { source } }, context.clock.now());
  }
}

const MINUTES = 60;

/**
 * Marks the budgets of one sixtieth of the active contracts as due, another sixtieth each minute of the hour: budgets also move
 * without us (first-party work, funding), and an event may be missing (contract: "Events"). Jobs that only another tool has linked
 * are left to its plugin.
 */
export async function markBudgetsOfMinute({ database, clock }: PluginContext): Promise<void> {
  const now = clock.now();
  const others = await jobsOfOtherTools(database);
  const active: { id: string; job_id: string }[] = await database('contracts')
    .where({ status: 'active' })
    .orderBy('id')
    .select('id', 'job_id');
  const rows = active.filter(({ job_id }) => !others.has(job_id));
  const ids = rows.filter((_row, index) => index % MINUTES === now.getUTCMinutes());
  for (const { id } of ids) await markDue(database, { kind: 'budget', key: id, detail: { source: 'timer' } }, now);
}

/** The same as {@link acceptBudget} within a transaction: history, crossing, and the work that follows stand or fall together. */
export async function storeBudget(
  transaction: Knex.Transaction,
  budget: Budget,
  source: string,
  now: Date,
): Promise<void> {
  const row = budgetRow(budget, now);
  for (;;) {
    const known = await findBudget(transaction, budget.contractId);
    if (known && isOlder(budget, known)) return;
    // The days that a forecast looks back on move on.
    if (known && isSame(budget, known)) return storeForecast(transaction, budget.contractId, now);
    // Another replica may have been first: then look again at what it stored.
    const stored = known ? await replaceBudget(transaction, known, row) : await insertBudget(transaction, row);
    if (!stored) continue;
    const historyId = await recordBudget(transaction, { ...row, source, previous_state: known?.state ?? null });
    await storeForecast(transaction, budget.contractId, now);
    await act(
      transaction,
      { contractId: budget.contractId, before: known?.state ?? 'OK', now: budget.state, historyId },
      now,
    );
    return;
  }
}

interface Crossing {
  contractId: string;
  before: BudgetState;
  now: BudgetState;
  historyId: number;
}

async function act(transaction: Knex.Transaction, crossing: Crossing, now: Date): Promise<void> {
  if (crossing.before === crossing.now) return;
  const contract = await findContract(transaction, crossing.contractId);
  if (!contract) return;
  for (const link of await liveLinksOfJob(transaction, contract.job_id)) {
    await markDue(transaction, { kind: 'notice', key: link.project_id }, now);
  }
  if (crossing.now !== 'DEPLETED') return;
  const trainers = await trainersOfContract(transaction, contract.id);
  for (const recipient of [ADMIN, ...trainers.map(({ id }) => id)]) {
    const key = budgetMailKey({ contractId: contract.id, historyId: crossing.historyId, recipient });
    await markDue(transaction, { kind: 'budget-mail', key }, now);
  }
}

/** An answer that was overtaken by a later one: it knows of less usage. */
function isOlder(budget: Budget, known: BudgetRow): boolean {
  const before = Date.parse(readBudget(known).lastUsageAt ?? '');
  return Date.parse(budget.lastUsageAt ?? '') < before;
}

/** Whether nothing changed but the time of the last report. */
function isSame(budget: Budget, known: BudgetRow): boolean {
  const comparable = (value: Budget): string => JSON.stringify({ ...value, lastUsageAt: null });
  return comparable(budget) === comparable(readBudget(known));
}

/** The budget object in a row; of one that cannot be read, the state that was stored with it. */
export function readBudget(row: Pick<BudgetRow, 'budget' | 'contract_id' | 'state'>): Budget {
  const stored = budgetSchema.safeParse(JSON.parse(row.budget));
  if (stored.success) return stored.data;
  return budgetSchema.parse({ contractId: row.contract_id, state: row.state });
}

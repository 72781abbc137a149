/**
 * Brings what OpenTrain holds up to the work in the tool: one tally for any number of contracts, attribution, comparison with
 * what was accepted, and calls for what differs only. A sync that runs twice sends nothing twice.
 */

import { markStaleNotices } from '../budget/notices.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { OpenTrainRefused } from '../platform/errors.ts';
import { markDue } from '../queue/items.ts';
import { type Assignment, assign, type Facts } from './attribution.ts';
import { type ComparedContract, compareContracts, trainerDayKey } from './compare.ts';
import { dayTotals, type Tallied } from './day-totals.ts';
import type { DayChange } from './differences.ts';
import { linkedJobs, readFacts, readFactsOf, withAccountOwners } from './facts.ts';
import { frozenTotals } from './frozen-totals.ts';
import { ProjectLookup } from './project-lookup.ts';
import { type RangeOptions, rangeOf, type SyncRange } from './range.ts';
import { reportedUntil } from './reported-days.ts';
import { runLimited } from './run-limited.ts';
import { type ContractOutcome, submitContract } from './submit-contract.ts';
import type { RefusedDay } from './submit-days.ts';
import { tallyDays } from './tally-days.ts';
import { replaceUncoveredWork, uncoveredWork } from './uncovered-work.ts';
import { replaceCuts } from './usage-cuts.ts';
import { raiseFlags } from './usage-flags.ts';

export interface SyncOptions extends RangeOptions {
  /** Compare only: nothing is sent and nothing is stored. */
  dryRun?: boolean;
  /**
   * An admin lets what would be taken away be sent, however much it is (`sort-changes.ts`). `held`: only what an earlier sync held,
   * so that nothing is accepted that nobody has seen.
   */
  acceptLosses?: boolean | 'held';
  /** What asked for it, for the log. */
  cause: string;
  /** Told how many of how many contracts are done. */
  progress?: (done: number, total: number) => void;
}

export interface SyncResult {
  dryRun: boolean;
  /** How many contracts were compared. */
  contracts: number;
  changedContracts: number;
  /** Calls made to OpenTrain. */
  calls: number;
  acceptedDays: number;
  /** What differs (dry run), or differed. */
  changes: DayChange[];
  refused: RefusedDay[];
  /** Contracts that OpenTrain takes no totals for, or whose work could not be recounted. */
  problems: { contractId: string; problem: string }[];
  /** Contracts that must be tried again. */
  unfinished: { contractId: string; error: unknown }[];
}

/** How many contracts are reported at once; all calls share OpenTrain's limiter. */
const CONTRACTS_AT_ONCE = 4;
/** So many failures in a row mean that OpenTrain is down, not that a contract is special. */
const FAILURES_IN_A_ROW = 5;
/** A result names at most so many changed days. */
const CHANGES_KEPT = 10_000;

/**
 * Syncs, and throws when work is left that must be tried again. When only a few contracts could not be sent, each is marked due
 * by itself and the rest counts as done: a contract that keeps failing never holds up the others, nor the nightly report.
 */
export async function syncUsage(context: PluginContext, options: SyncOptions): Promise<SyncResult> {
  const result = await syncContracts(context, options);
  const [first] = result.unfinished;
  if (!first) return result;
  const concernsAll =
    result.unfinished.length >= FAILURES_IN_A_ROW || result.unfinished.some(({ error }) => isRefusal(error));
  if (options.contractIds || concernsAll) throw first.error;
  for (const { contractId } of result.unfinished) {
    const { cause } = options;
    await markDue(context.database, { kind: 'usage', key: contractId, detail: { cause } }, context.clock.now());
  }
  return result;
}

/** Whole contracts, each asked for by its own cause (by contract id). Returns what must be tried again, by contract id. */
export async function syncEach(
  context: PluginContext,
  causes: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, unknown>> {
  const cause = [...new Set(causes.values())].join(', ');
  const { unfinished } = await syncContracts(context, { contractIds: [...causes.keys()], cause });
  const asked = Map.groupBy(unfinished, ({ contractId }) => causes.has(contractId));
  // Others of the same trainers, compared along with these.
  for (const { contractId } of asked.get(false) ?? []) {
    await markDue(context.database, { kind: 'usage', key: contractId, detail: { cause } }, context.clock.now());
  }
  return new Map((asked.get(true) ?? []).map(({ contractId, error }) => [contractId, error]));
}

/** Our token, install or scope is refused, or the connection was ended: no contract can be reported. */
function isRefusal(error: unknown): boolean {
  return error instanceof OpenTrainRefused || error instanceof AdminError;
}

/** Syncs and tells what came of each contract; throws only when nothing could be counted (the tool is down, for one). */
export async function syncContracts(context: PluginContext, options: SyncOptions): Promise<SyncResult> {
  const { contractIds } = options;
  const known = contractIds ? await readFactsOf(context, contractIds) : await readFacts(context);
  const range = rangeOf(known, options);
  const rows = await tallyDays(context, { projectIds: range.projectIds, from: range.from, until: known.today });
  const facts = contractIds ? await withAccountOwners(context, known, rows) : known;
  const assignments = assign(rows, facts);
  const tallied = dayTotals(assignments, await frozenTotals(context, facts, assignments));
  if (!options.dryRun) await storeCuts(context, facts, range, tallied);
  if (!options.dryRun && !contractIds) {
    const recounted = { projectIds: range.projectIds, since: range.from };
    await replaceUncoveredWork(context.database, recounted, uncoveredWork(assignments, facts));
    await raiseFlags(context, { range, today: facts.today }, assignments);
  }
  const result = emptyResult(options, range);
  const { capabilities } = await context.describeTool();
  const compared = compareContracts(context.database, range.contracts, {
    days: tallied.days,
    facts,
    unreadable: unreadableDays(context, assignments),
    retryRefused: options.since === undefined,
    knowsSeconds: capabilities.seconds,
  });
  await submitAll(context, { compared, facts, options, result });
  if (!options.dryRun) await markStaleNotices(context, contractIds ? range.projectIds : 'all');
  logResult(context, options, result);
  return result;
}

/** The days that the tool gave no usable numbers for, each named in the log: they wait, and nobody else's do. */
function unreadableDays(context: PluginContext, assignments: readonly Assignment[]): Set<string> {
  const keys = new Set<string>();
  for (const { trainerId, row } of assignments) {
    if (trainerId === null || row.unreadable === undefined) continue;
    const { projectId, day, unreadable } = row;
    context.log.warn({ trainerId, projectId, day, why: unreadable }, 'a day of work cannot be read; it is held back');
    keys.add(trainerDayKey({ trainerId, day }));
  }
  return keys;
}

function emptyResult(options: SyncOptions, range: SyncRange): SyncResult {
  return {
    dryRun: options.dryRun ?? false,
    contracts: range.contracts.length,
    changedContracts: 0,
    calls: 0,
    acceptedDays: 0,
    changes: [],
    refused: [],
    problems: [],
    unfinished: [],
  };
}

async function storeCuts(context: PluginContext, facts: Facts, range: SyncRange, tallied: Tallied): Promise<void> {
  const contractIds = new Set(range.contracts.map(({ contract }) => contract.id));
  const trainerIds = new Set(
    facts.contractTrainers.filter((row) => contractIds.has(row.contract_id)).map((row) => row.trainer_id),
  );
  const recounted = { trainerIds: [...trainerIds], projectIds: range.projectIds, since: range.from };
  const cuts = tallied.cuts.filter(({ trainerId }) => trainerIds.has(trainerId));
  await context.database.transaction((transaction) => replaceCuts(transaction, recounted, cuts, context.clock.now()));
}

interface Run {
  compared: AsyncIterable<ComparedContract>;
  facts: Facts;
  options: SyncOptions;
  result: SyncResult;
}

async function submitAll(context: PluginContext, { compared, facts, options, result }: Run): Promise<void> {
  const tools = {
    linkedJobs: linkedJobs(facts),
    projects: new ProjectLookup(context.tool, facts.links),
    reportedUntil: await reportedUntil(context),
    dryRun: options.dryRun ?? false,
    acceptLosses: options.acceptLosses ?? false,
  };
  let done = 0;
  let failuresInARow = 0;
  await runLimited(compared, CONTRACTS_AT_ONCE, async (contract) => {
    const contractId = contract.contract.id;
    let outcome: ContractOutcome;
    try {
      if (failuresInARow >= FAILURES_IN_A_ROW) throw result.unfinished.at(-1)?.error;
      outcome = await submitContract(context, contract, tools);
      if (outcome.calls > 0) failuresInARow = 0;
      add(result, contractId, outcome);
    } catch (error) {
      failuresInARow += 1;
      result.unfinished.push({ contractId, error });
    }
    done += 1;
    options.progress?.(done, result.contracts);
  });
}

function add(result: SyncResult, contractId: string, outcome: ContractOutcome): void {
  if (outcome.changes.length > 0) result.changedContracts += 1;
  result.calls += outcome.calls;
  result.acceptedDays += outcome.acceptedDays;
  result.refused.push(...outcome.refused);
  if (outcome.problem !== null) result.problems.push({ contractId, problem: outcome.problem });
  result.changes.push(...outcome.changes.slice(0, Math.max(0, CHANGES_KEPT - result.changes.length)));
}

function logResult(context: PluginContext, options: SyncOptions, result: SyncResult): void {
  const { contracts, changedContracts, calls, acceptedDays } = result;
  const { cause, since, dryRun } = options;
  const counts = { cause, since, dryRun, contracts, changedContracts, calls, acceptedDays };
  context.log.info({ ...counts, refused: result.refused.length, problems: result.problems.length }, 'usage synced');
  for (const { contractId, error } of result.unfinished.slice(0, FAILURES_IN_A_ROW)) {
    context.log.warn(
      { contractId, error: messageOf(error) },
      'usage of a contract could not be sent; it is tried again',
    );
  }
}

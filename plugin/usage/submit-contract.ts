/**
 * What becomes of one compared contract: sent, or kept back with the reason in words.
 *
 * | situation                                              | done                                                             |
 * |--------------------------------------------------------|------------------------------------------------------------------|
 * | no live link leads to its job                          | nothing: OpenTrain answers 404; what it accepted stays           |
 * | a project of its job was deleted in the tool           | nothing is lowered: work that was paid cannot be counted again   |
 * | much of what OpenTrain accepted would be taken away    | held until an admin decides (`sort-changes.ts`); the rest is sent |
 * | OpenTrain refuses the contract (404, 409, …)           | named with OpenTrain's request id, until a call succeeds         |
 * | our token, install or scope is refused (401, 403)      | thrown: no contract can be reported                              |
 * | it has ended and everything was accepted               | its final count is in                                            |
 */
import type { PluginContext } from '../context.ts';
import { updateContract } from '../mirror/contracts.ts';
import { OpenTrainRefused } from '../platform/errors.ts';
import { type AcceptedDay, brakeSince } from './brake.ts';
import type { ComparedContract } from './compare.ts';
import { type Day, todayInUtc } from './days.ts';
import { type DayChange, lowers } from './differences.ts';
import { acceptedTotals, type HeldDayRow, heldRow, isAbout, replaceHeld } from './held-days.ts';
import type { ProjectLookup } from './project-lookup.ts';
import { awaitsFinalCount } from './range.ts';
import { sortChanges } from './sort-changes.ts';
import { type Sent, submitDays } from './submit-days.ts';
import { keyOf } from './totals.ts';
import { acceptedDays, totalsOf, workDayOf } from './usage-days.ts';

export interface ContractOutcome extends Sent {
  /** The days that differed. */
  changes: DayChange[];
  /** Why something could not be sent, in words; null when all is well. */
  problem: string | null;
}

export interface SubmitTools {
  /** Jobs that a live link leads to. */
  linkedJobs: ReadonlySet<string>;
  projects: ProjectLookup;
  /** A change of this day or an earlier one is a correction. */
  reportedUntil: Day;
  dryRun: boolean;
  /** An admin has seen what would be taken away, and lets it be sent; `held`: just what was held before. */
  acceptLosses: boolean | 'held';
}

/** Sends what differs and records the outcome. Throws what must be tried again, and 401 and 403. */
export async function submitContract(
  context: PluginContext,
  compared: ComparedContract,
  tools: SubmitTools,
): Promise<ContractOutcome> {
  const { sendable, problem: keptBack, changes } = await whatCanBeSent(context, compared, tools);
  const outcome: ContractOutcome = {
    calls: 0,
    acceptedDays: 0,
    refused: [],
    changes,
    problem: keptBack,
  };
  if (tools.dryRun) return outcome;
  if (sendable.length > 0) {
    try {
      Object.assign(
        outcome,
        await submitDays(context, {
          contractId: compared.contract.id,
          changes: sendable,
          reportedUntil: tools.reportedUntil,
        }),
      );
    } catch (error) {
      if (!(error instanceof OpenTrainRefused) || error.status === 401 || error.status === 403) throw error;
      outcome.calls += 1;
      outcome.problem = problemOf(error);
    }
  }
  await conclude(context, compared, outcome);
  return outcome;
}

interface WhatCanBeSent {
  sendable: DayChange[];
  /** The differences, without those that an admin dropped. */
  changes: DayChange[];
  problem: string | null;
}

async function whatCanBeSent(
  context: PluginContext,
  compared: ComparedContract,
  tools: SubmitTools,
): Promise<WhatCanBeSent> {
  const { contract, changes } = compared;
  if (changes.length > 0 && !tools.linkedJobs.has(contract.job_id)) {
    const problem = `No project is linked to job ${contract.job_id} any more, so OpenTrain takes no totals for it. What it accepted before stays; ${days(changes.length)} could not be sent. Link a project to the job to send them.`;
    return { sendable: [], changes, problem };
  }
  const lowered = changes.filter(lowers);
  const missing = lowered.length === 0 ? [] : await tools.projects.missingProjects(contract.job_id);
  if (missing.length > 0) {
    const problem = `Project ${missing.join(', ')} was deleted in the tool, so its work cannot be counted any more. ${days(lowered.length)} that would become less stay as OpenTrain accepted them.`;
    return { sendable: changes.filter((change) => !lowers(change)), changes, problem };
  }
  return sendableChanges(context, compared, tools);
}

async function sendableChanges(
  context: PluginContext,
  compared: ComparedContract,
  { acceptLosses, dryRun }: SubmitTools,
): Promise<WhatCanBeSent> {
  const { contract, changes, notMoved, held: rows, since, unread } = compared;
  const { database, clock } = context;
  const known = new Map(rows.map((row) => [keyOf(workDayOf(row)), row]));
  const sorted = sortChanges({
    ...{ changes, notMoved, accept: acceptLosses },
    recent: notMoved.some(lowers) ? await recentlyAccepted(context, contract.id) : [],
    decisionOf: (change) => {
      const row = known.get(keyOf(change));
      return isAbout(row, change) ? (row.decision ?? 'held') : undefined;
    },
  });
  const now = clock.now();
  const stored = dryRun
    ? sorted.held.map((change) => heldRow(change, { decision: null, known: undefined, now }))
    : await replaceHeld(database, { contractId: contract.id, since, unread, rows }, sorted, now);
  const undecided = stored.filter(({ decision }) => decision === null);
  return {
    sendable: sorted.sendable,
    changes: changes.filter((change) => !sorted.dropped.includes(change)),
    problem: undecided.length === 0 ? null : heldWords(contract.id, undecided),
  };
}

async function recentlyAccepted({ database, clock }: PluginContext, contractId: string): Promise<AcceptedDay[]> {
  const rows = await acceptedDays(database, [contractId], brakeSince(todayInUtc(clock.now())));
  return rows.map((row) => ({ day: row.work_date, totals: totalsOf(row) }));
}

function heldWords(contractId: string, rows: readonly HeldDayRow[]): string {
  const [labels, seconds] = (['labels', 'seconds'] as const).map((field) =>
    rows.reduce((sum, row) => sum + Math.max(0, (acceptedTotals(row)[field] ?? 0) - (totalsOf(row)[field] ?? 0)), 0),
  );
  return `${days(rows.length)} would become less, by ${labels} labels and ${seconds} seconds in all: more than a tenth of what OpenTrain accepted in the last 30 days. This is held, since a tool restored from a backup looks the same. See it in the console under Usage → Held, or with \`opentrain-plugin sync --dry-run --contract ${contractId}\`; if the work is really gone, send it with \`opentrain-plugin sync --accept --contract ${contractId}\`; if what OpenTrain accepted should stay, \`opentrain-plugin sync --drop --contract ${contractId}\`.`;
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

function problemOf(error: OpenTrainRefused): string {
  if (error.status === 404)
    return `${error.message}. Is a project still linked to its job? See \`opentrain-plugin links\`.`;
  if (error.status === 409) return `${error.message}. It has no hired trainer on OpenTrain at the moment.`;
  return `${error.message}.`;
}

async function conclude(context: PluginContext, compared: ComparedContract, outcome: ContractOutcome): Promise<void> {
  const { contract, whole, hasTrainers } = compared;
  const now = context.clock.now().getTime();
  const { problem } = outcome;
  if (problem !== null) {
    if (problem !== contract.usage_problem) {
      // Since when it lasts, not since when it is worded so.
      const since = contract.usage_problem === null ? now : contract.usage_problem_at;
      await updateContract(context.database, contract.id, { usage_problem: problem, usage_problem_at: since });
    }
    return;
  }
  if (contract.usage_problem !== null && (whole || outcome.acceptedDays > 0)) {
    await updateContract(context.database, contract.id, { usage_problem: null, usage_problem_at: null });
  }
  // Nobody works under it, and OpenTrain said so: there is nothing to count.
  const isStaffKnown = hasTrainers || contract.participants_read_at !== null;
  if (whole && awaitsFinalCount(contract) && isStaffKnown && outcome.refused.length === 0) {
    await updateContract(context.database, contract.id, { final_submitted_at: now });
  }
}

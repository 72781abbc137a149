/** The nightly report as data: what was worked on a day, what of it OpenTrain has, and what needs an admin's eye. */

import { knownNewAccounts, type NewAccountRow } from '../access/new-accounts.ts';
import { readBudgets } from '../budget/budget-status.ts';
import { readForecasts } from '../budget/forecast.ts';
import { readThresholds } from '../budget/threshold-rows.ts';
import { type WarnedBudget, warned } from '../budget/warned-budgets.ts';
import type { PluginContext } from '../context.ts';
import { listItems } from '../queue/items.ts';
import type { Facts } from '../usage/attribution.ts';
import { addDays, type Day, startOfDay } from '../usage/days.ts';
import { readFacts } from '../usage/facts.ts';
import { readRefusals } from '../usage/refused-days.ts';
import type { Totals } from '../usage/totals.ts';
import { correctionsBetween } from '../usage/usage-corrections.ts';
import { cutsOnDay } from '../usage/usage-cuts.ts';
import { flagsOnDay } from '../usage/usage-flags.ts';
import { type Names, namesOf } from './names.ts';
import { type FlagLine, flagLines } from './report-flags.ts';
import { type ProjectLine, paidWork, projectLines, type TrainerLine, trainerLines } from './report-groups.ts';
import { type NotCountedLine, notCountedLines } from './report-not-counted.ts';
import { usualBefore, type WeekSummary, weekUntil } from './report-usual.ts';
import { acceptedLines, countDay, type OthersLine, othersLines, type WorkLine, workLines } from './report-work.ts';

export interface CorrectionLine extends Totals {
  /** When it was accepted: milliseconds since 1970 UTC. */
  at: number;
  contractId: string;
  contract: string;
  trainer: string;
  day: Day;
}

export interface CutLine {
  projectId: string;
  project: string;
  trainer: string;
  day: Day;
  cappedAnnotations: number;
  cappedSeconds: number;
  clampedSeconds: number;
}

export interface UnsentLine {
  contractId: string;
  contract: string;
  /** null: the whole contract. */
  day: Day | null;
  trainer: string | null;
  /** Words, with OpenTrain's request id where there is one. */
  why: string;
}

/** What an admin has to do, and how. */
export interface ActionLine {
  what: string;
  remedy: string;
}

export interface NightlyReport {
  day: Day;
  timezone: string;
  /** Where the console is. */
  consoleUrl: string;
  /** What needs an admin now, the most urgent first. */
  actions: ActionLine[];
  /** Labels under a contract: the headline. */
  labels: number;
  /** Labels of a usual day, from the 14 days before; null when nobody worked then. */
  usualLabels: number | null;
  /** The week that ends with this day, when it is a Sunday. */
  week: WeekSummary | null;
  trainers: TrainerLine[];
  projects: ProjectLine[];
  /** Why the tool could not be asked; then `work` is what OpenTrain accepted, without projects. */
  countProblem: string | null;
  work: WorkLine[];
  others: OthersLine[];
  /** What trainers have in the tool that was not submitted as work. */
  notCounted: NotCountedLine[];
  /** Days that people should look at; none stops a payment. */
  flags: FlagLine[];
  budgets: WarnedBudget[];
  corrections: CorrectionLine[];
  cuts: CutLine[];
  unsent: UnsentLine[];
  /** Accounts of the tool that no contract explains, as of the last look. */
  newAccounts: NewAccountRow[];
}

export interface ReportOptions {
  /** What needs an admin; nothing when absent. */
  actions?: readonly ActionLine[];
  /** Corrections made from this instant on; the start of the day when absent. */
  correctionsFrom?: Date;
  /** … and before this one; two days after the start of the day when absent. */
  correctionsUntil?: Date;
}

/** The report of a day in USAGE_TIMEZONE. Nothing is sent or changed. */
export async function nightlyReport(
  context: PluginContext,
  day: Day,
  options: ReportOptions = {},
): Promise<NightlyReport> {
  const facts = await readFacts(context);
  const names = namesOf(facts);
  const { timezone } = facts;
  const from = options.correctionsFrom ?? startOfDay(day, timezone);
  const until = options.correctionsUntil ?? startOfDay(addDays(day, 2), timezone);
  const counted = await countDay(context, facts, day);
  const usual = await usualBefore(context, day);
  const work = counted.assignments
    ? await workLines(context, counted.assignments, day, names)
    : await acceptedLines(context, day, names);
  return {
    day,
    timezone,
    consoleUrl: `${context.settings.plugin.publicUrl}/console`,
    actions: [...(options.actions ?? [])],
    labels: paidWork(work).reduce((sum, line) => sum + (line.labels ?? 0), 0),
    usualLabels: usual.labelsADay,
    week: await weekUntil(context, day),
    trainers: trainerLines(work, usual),
    projects: projectLines(work),
    countProblem: counted.problem,
    work,
    others: othersLines(counted.assignments ?? [], names),
    notCounted: notCountedLines(counted.assignments ?? [], names),
    flags: flagLines(await flagsOnDay(context, day, counted.assignments), names),
    budgets: await budgetLines(context),
    corrections: await correctionLines(context, from, until, names),
    cuts: await cutLines(context, day, names),
    unsent: await unsentLines(context, facts, names),
    newAccounts: await knownNewAccounts(context.database),
  };
}

/** Those of active contracts, with the forecast of now. */
async function budgetLines(context: PluginContext): Promise<WarnedBudget[]> {
  const budgets = await readBudgets(context.database, 'all');
  const forecasts = await readForecasts(context, budgets);
  const fundedUntil = new Map(forecasts.map((forecast) => [forecast.contractId, forecast.fundedUntil]));
  const lines = budgets
    .filter(({ contractStatus }) => contractStatus === 'active')
    .map((budget) => ({ ...budget, fundedUntil: fundedUntil.get(budget.contractId) ?? null }));
  return warned(lines, await readThresholds(context.database), context.clock.now().getTime());
}

async function correctionLines(
  context: PluginContext,
  from: Date,
  until: Date,
  names: Names,
): Promise<CorrectionLine[]> {
  const rows = await correctionsBetween(context.database, from, until);
  return rows.map((row) => ({
    at: row.at,
    contractId: row.contract_id,
    contract: names.contract(row.contract_id),
    trainer: names.trainer(row.trainer_id),
    day: row.work_date,
    seconds: row.seconds_change,
    tasks: row.tasks_change,
    labels: row.labels_change,
  }));
}

async function cutLines(context: PluginContext, day: Day, names: Names): Promise<CutLine[]> {
  return (await cutsOnDay(context.database, day)).map((row) => ({
    projectId: row.project_id,
    project: names.project(row.project_id),
    trainer: names.trainer(row.trainer_id),
    day: row.work_date,
    cappedAnnotations: row.capped_annotations,
    cappedSeconds: row.capped_seconds,
    clampedSeconds: row.clamped_seconds,
  }));
}

/** Refused entries, contracts that OpenTrain takes nothing for, and those whose calls keep failing. */
async function unsentLines(context: PluginContext, facts: Facts, names: Names): Promise<UnsentLine[]> {
  const refused = (await readRefusals(context)).map((row) => ({
    contractId: row.contractId,
    contract: names.contract(row.contractId),
    day: row.day,
    trainer: names.trainer(row.trainerId),
    why: row.message,
  }));
  const whole = (contractId: string, why: string): UnsentLine => ({
    contractId,
    contract: names.contract(contractId),
    day: null,
    trainer: null,
    why,
  });
  const problems = facts.contracts.flatMap(({ id, usage_problem }) =>
    usage_problem ? [whole(id, usage_problem)] : [],
  );
  const failing = (await listItems(context.database)).flatMap(({ kind, key, last_error }) =>
    kind === 'usage' && last_error ? [whole(key, last_error)] : [],
  );
  return [...refused, ...problems, ...failing];
}

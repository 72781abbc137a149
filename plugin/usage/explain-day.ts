/** One day of a contract, annotation by annotation: what counted, and what did not, and why. */
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { findContract } from '../mirror/contracts.ts';
import type { TrainerRow } from '../mirror/trainers.ts';
import { type Assignment, assign, type Facts } from './attribution.ts';
import { dayTotals } from './day-totals.ts';
import { addDays, type Day, startOfDay } from './days.ts';
import { type ExplainedLine, explainLine } from './explain-line.ts';
import { readFactsOf, withAccountOwners } from './facts.ts';
import { frozenTotals } from './frozen-totals.ts';
import { claimants, linkPeriods } from './link-periods.ts';
import { tallyDays } from './tally-days.ts';
import { keyOf, type Totals, unknownTotals } from './totals.ts';
import { acceptedOnDays, totalsOf } from './usage-days.ts';

/** More than anybody makes in a day by hand; what is above is said (`hasMore`). */
const ANNOTATIONS_SHOWN = 2_000;

export interface ExplainedTrainer {
  trainerId: string;
  name: string | null;
  workEmail: string | null;
  /** The accounts of the tool that are this trainer's. */
  toolUserIds: string[];
  annotations: (ExplainedLine & { project: string | null })[];
  /** There are more annotations than are listed; the totals are of all. */
  hasMore: boolean;
  /** What the tool holds now. */
  counted: Totals;
  /** What OpenTrain accepted last; null: nothing. */
  accepted: Totals | null;
  acceptedAt: number | null;
}

export interface Explanation {
  contractId: string;
  contract: string | null;
  day: Day;
  /** Days are days in this zone. */
  timezone: string;
  trainers: ExplainedTrainer[];
}

/**
 * Reads the day from the tool. Throws {@link AdminError} for a contract that is not known, and where the tool cannot tell; else what
 * the adapter throws.
 */
export async function explainDay(context: PluginContext, contractId: string, day: Day): Promise<Explanation> {
  const contract = await findContract(context.database, contractId);
  if (!contract) throw new AdminError(`Contract ${contractId} is not known.`, '`status` names every contract.');
  const known = await readFactsOf(context, [contractId]);
  const projectIds = [...new Set(known.links.map((link) => link.project_id))];
  const rows = await tallyDays(context, { projectIds, from: day, until: day });
  const facts = await withAccountOwners(context, known, rows);
  const assignments = assign(rows, facts);
  const tallied = dayTotals(assignments, await frozenTotals(context, facts, assignments));
  const accepted = await acceptedOnDays(context.database, contractId, [day]);
  const staff = new Set(
    facts.contractTrainers.filter((row) => row.contract_id === contractId).map((row) => row.trainer_id),
  );
  const trainers: ExplainedTrainer[] = [];
  for (const trainer of facts.trainers.filter(({ id }) => staff.has(id))) {
    const own = accepted.find((row) => row.trainer_id === trainer.id);
    const { id: trainerId, display_name: name, work_email: workEmail } = trainer;
    trainers.push({
      ...{ trainerId, name, workEmail },
      ...(await explainTrainer(context, { contractId, jobId: contract.job_id, day, facts, assignments, trainer })),
      counted: tallied.days.get(keyOf({ contractId, trainerId, day }))?.totals ?? unknownTotals,
      accepted: own ? totalsOf(own) : null,
      acceptedAt: own?.accepted_at ?? null,
    });
  }
  const { timezone } = context.settings.usage;
  return { contractId, contract: contract.title, day, timezone, trainers };
}

interface Question {
  contractId: string;
  jobId: string;
  day: Day;
  facts: Facts;
  assignments: readonly Assignment[];
  trainer: TrainerRow;
}

async function explainTrainer(
  context: PluginContext,
  { contractId, jobId, day, facts, assignments, trainer }: Question,
) {
  const { timezone, maxSecondsPerAnnotation, countBulk } = context.settings.usage;
  const own = assignments.filter(({ trainerId }) => trainerId === trainer.id);
  const toolUserIds = [...new Set([trainer.tool_user_id ?? [], ...own.map(({ row }) => row.toolUserId)].flat())];
  const explained = await context.tool.explainDay?.({
    toolUserIds,
    from: startOfDay(day, timezone),
    until: startOfDay(addDays(day, 1), timezone),
    ...{ maxSecondsPerAnnotation, countBulk, limit: ANNOTATIONS_SHOWN },
  });
  if (!explained) {
    throw new AdminError(
      'The adapter of this tool does not tell single annotations.',
      'Its adapter needs the method explainDay (docs/adapters.md).',
    );
  }
  const periods = linkPeriods(facts.links, timezone);
  const titles = new Map(facts.links.map((link) => [link.project_id, link.external_project_name]));
  const annotations = explained.annotations.map((annotation) => {
    const { projectId, toolUserId } = annotation;
    const links = claimants(periods.get(projectId) ?? [], day);
    const line = explainLine(annotation, {
      ...{ contractId, maxSecondsPerAnnotation },
      assignment: own.find(({ row }) => row.projectId === projectId && row.toolUserId === toolUserId),
      labelUnit: links.find((link) => link.job_id === jobId)?.label_unit ?? 'annotations',
      isLinked: periods.has(projectId),
    });
    return { ...line, project: titles.get(projectId) ?? null };
  });
  return { toolUserIds, annotations, hasMore: explained.hasMore };
}

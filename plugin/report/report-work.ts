/** The part of the report on the work of a day: counted in the tool, compared with what OpenTrain accepted. */
import { ToolRefused, ToolUnavailable } from '../../adapters/errors.ts';
import type { TallyRow } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { type Assignment, assign, type Facts } from '../usage/attribution.ts';
import { dayTotals } from '../usage/day-totals.ts';
import type { Day } from '../usage/days.ts';
import { tallyDays } from '../usage/tally-days.ts';
import { keyOf, same, type Totals } from '../usage/totals.ts';
import { acceptedOnDay, totalsOf, workDayOf } from '../usage/usage-days.ts';
import type { Names } from './names.ts';

/** Whether OpenTrain has a line of work: `waiting` is not sent (or not accepted) yet, `no contract` never will be. */
export type Reported = 'accepted' | 'waiting' | 'no contract';

export interface WorkLine extends Totals {
  /** null: not known by project, since the tool could not be asked. */
  projectId: string | null;
  project: string | null;
  trainerId: string;
  trainer: string;
  contractId: string | null;
  contract: string | null;
  day: Day;
  reported: Reported;
}

/** Work of people who are no trainers: only counted, never named. */
export interface OthersLine {
  projectId: string;
  project: string;
  people: number;
  annotations: number;
}

/** The day's work with its owners; null with the reason in words when the tool cannot be asked. */
export async function countDay(
  context: PluginContext,
  facts: Facts,
  day: Day,
): Promise<{ assignments: Assignment[] | null; problem: string | null }> {
  const projectIds = [...new Set(facts.links.map((link) => link.project_id))];
  try {
    return {
      assignments: assign(await tallyDays(context, { projectIds, from: day, until: day }), facts),
      problem: null,
    };
  } catch (error) {
    const isExpected = [ToolUnavailable, ToolRefused, AdminError].some((kind) => error instanceof kind);
    if (!isExpected) throw error;
    return { assignments: null, problem: messageOf(error) };
  }
}

/** Each trainer's work in each project, with what became of it. */
export async function workLines(
  context: PluginContext,
  assignments: readonly Assignment[],
  day: Day,
  names: Names,
): Promise<WorkLine[]> {
  const accepted = new Map(
    (await acceptedOnDay(context.database, day)).map((row) => [keyOf(workDayOf(row)), totalsOf(row)]),
  );
  const tallied = dayTotals(assignments, new Map()).days;
  const lines = assignments.flatMap(({ row, trainerId, contractId, totals }): WorkLine[] => {
    if (trainerId === null || !hasWork(row)) return [];
    const key = contractId === null ? null : keyOf({ contractId, trainerId, day });
    const [held, now] = key === null ? [undefined, undefined] : [accepted.get(key), tallied.get(key)?.totals];
    return [
      {
        projectId: row.projectId,
        project: names.project(row.projectId),
        trainerId,
        trainer: names.trainer(trainerId),
        contractId,
        contract: contractId === null ? null : names.contract(contractId),
        day,
        ...totals,
        reported: reportedState(contractId, held, now),
      },
    ];
  });
  return lines.sort(byProjectAndTrainer);
}

function reportedState(contractId: string | null, held: Totals | undefined, now: Totals | undefined): Reported {
  if (contractId === null) return 'no contract';
  return held && now && same(held, { ...held, ...knownOnly(now) }) ? 'accepted' : 'waiting';
}

function knownOnly(totals: Totals): Partial<Totals> {
  return Object.fromEntries(Object.entries(totals).filter(([, value]) => value !== null));
}

function byProjectAndTrainer(a: WorkLine, b: WorkLine): number {
  return (a.project ?? '').localeCompare(b.project ?? '') || a.trainer.localeCompare(b.trainer);
}

/** What OpenTrain accepted for the day: all that can be said while the tool cannot be asked. */
export async function acceptedLines(context: PluginContext, day: Day, names: Names): Promise<WorkLine[]> {
  const rows = await acceptedOnDay(context.database, day);
  const lines = rows.map((row): WorkLine => {
    const { contractId, trainerId } = workDayOf(row);
    const who = { trainerId, trainer: names.trainer(trainerId), contractId, contract: names.contract(contractId) };
    return { projectId: null, project: null, ...who, day, ...totalsOf(row), reported: 'accepted' };
  });
  return lines.sort(byProjectAndTrainer);
}

/** A row may hold only what did not count. */
function hasWork({ tasks, annotations }: TallyRow): boolean {
  return tasks + annotations > 0;
}

/** How much was done by people who are no trainers. */
export function othersLines(assignments: readonly Assignment[], names: Names): OthersLine[] {
  const strangers = assignments
    .filter(({ trainerId, row }) => trainerId === null && hasWork(row))
    .map(({ row }) => row);
  return [...Map.groupBy(strangers, ({ projectId }) => projectId)].map(([projectId, rows]) => ({
    projectId,
    project: names.project(projectId),
    people: new Set(rows.map(({ toolUserId }) => toolUserId)).size,
    annotations: rows.reduce((sum, { annotations }) => sum + annotations, 0),
  }));
}

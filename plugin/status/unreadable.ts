/** Days of work that the tool gives no usable numbers for: whose, why, and what to do. Nobody else's day waits for them. */
import type { StoreContext } from '../context.ts';
import { findTrainers } from '../mirror/trainers.ts';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import { oneLine } from '../text/one-line.ts';
import { type UnreadableDay, unreadableDays } from '../usage/counted-days.ts';
import { projectTitles, whoIs } from './people.ts';
import type { UngroupedProblem } from './status-types.ts';

export interface UnreadableStatus extends UnreadableDay {
  /** By name. */
  trainer: string;
  project: string;
  /** A contract of theirs on a job of the project, to explain the day with; null when they have none. */
  contractId: string | null;
}

const MOST = 200;

/** The days that the last count could not read, the latest first, at most 200. */
export async function readUnreadable(context: StoreContext): Promise<UnreadableStatus[]> {
  const days = await unreadableDays(context.database, MOST);
  if (days.length === 0) return [];
  const ids = [...new Set(days.map(({ trainerId }) => trainerId))];
  const names = new Map(
    (await findTrainers(context.database, ids)).map(({ id, display_name, work_email }) => [
      id,
      whoIs({ id, displayName: display_name, workEmail: work_email }),
    ]),
  );
  const titles = await projectTitles(context);
  const contracts = await contractsByTrainerAndProject(context.database, ids);
  return days.map((day) => ({
    ...day,
    trainer: names.get(day.trainerId) ?? day.trainerId,
    project: titles.get(day.projectId) ?? `project ${day.projectId}`,
    contractId: contracts.get(JSON.stringify([day.trainerId, day.projectId])) ?? null,
  }));
}

async function contractsByTrainerAndProject(
  database: Database,
  trainerIds: readonly string[],
): Promise<Map<string, string>> {
  type Row = { trainer_id: string; project_id: string; contract_id: string };
  const rows = await inChunks<string, Row>(trainerIds, (chunk) =>
    database('contract_trainers')
      .join('contracts', 'contracts.id', 'contract_trainers.contract_id')
      .join('project_links', 'project_links.job_id', 'contracts.job_id')
      .whereIn('contract_trainers.trainer_id', chunk)
      .orderBy('contracts.created_at')
      .select('contract_trainers.trainer_id', 'project_links.project_id', 'contract_trainers.contract_id'),
  );
  return new Map(rows.map((row) => [JSON.stringify([row.trainer_id, row.project_id]), row.contract_id]));
}

/** Each as a problem. Pure. */
export function unreadableProblems(days: readonly UnreadableStatus[]): UngroupedProblem[] {
  return days.map(({ trainerId, trainer, project, day, why, contractId }) => {
    const look =
      contractId === null
        ? 'Look at their annotations of that day in the tool'
        : `\`opentrain-plugin explain ${contractId} ${day}\` lists its annotations`;
    return {
      matter: 'day-unreadable',
      severity: 'urgent',
      what: `The work of ${trainer} on ${day} in ${project} cannot be read: ${oneLine(why)} That day of theirs is not submitted; all others are.`,
      remedy: `${look}: correct or delete the one with an impossible value in the tool, then run \`opentrain-plugin sync --since ${day}\`. It is read again every night.`,
      since: null,
      trainerId,
      ...(contractId === null
        ? {}
        : {
            page: {
              path: `/console/explain?${new URLSearchParams({ contract: contractId, day })}`,
              name: 'Explain this day',
            },
          }),
    };
  });
}

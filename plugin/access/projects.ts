/** The projects that a trainer is to work in, for pages and mails. */

import { WHOLE_TOOL } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import type { ProjectLinkRow } from '../mirror/project-links.ts';
import { standingOf } from '../mirror/whose-link.ts';
import { addressForTrainers } from '../tool/trainer-address.ts';
import type { AccessReading } from './situations.ts';

export interface TrainerProject {
  id: string;
  title: string;
  /** Where its work is, for the trainer's browser. */
  url: string;
}

/**
 * The projects of live links of this trainer's active contracts, oldest link first. A link that only holds (`desired.ts`) counts for those
 * who are members of its project.
 */
export function projectsOf(context: PluginContext, reading: AccessReading, trainerId: string): TrainerProject[] {
  const contractIds = new Set(
    reading.assignments.filter((row) => row.trainer_id === trainerId).map((row) => row.contract_id),
  );
  const jobIds = new Set(
    reading.contracts
      .filter(({ id, status }) => contractIds.has(id) && status === 'active')
      .map(({ job_id }) => job_id),
  );
  const rows = reading.situations.find((situation) => situation.trainerId === trainerId)?.rows ?? [];
  const isMember = (id: string): boolean =>
    rows.some(({ place, state }) => state === 'active' && (place === WHOLE_TOOL || place === id));
  const projects = new Map<string, TrainerProject>();
  for (const link of reading.links) {
    if (link.removed_at !== null || link.job_id === null || !jobIds.has(link.job_id)) continue;
    const id = link.project_id;
    if (projects.has(id) || !(grants(link) || isMember(id))) continue;
    projects.set(id, {
      id,
      title: link.external_project_name ?? `Project ${id}`,
      url: addressForTrainers(context.settings, context.tool.projectUrl(id)),
    });
  }
  return [...projects.values()];
}

function grants(link: ProjectLinkRow): boolean {
  return standingOf(link) === 'ours' && link.not_linked_since === null;
}

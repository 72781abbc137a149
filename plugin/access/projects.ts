/** The projects that a trainer is to work in, for pages and mails. */
import type { PluginContext } from '../context.ts';
import type { AccessReading } from './situations.ts';

export interface TrainerProject {
  id: string;
  title: string;
  /** Where its work is, for the trainer's browser. */
  url: string;
}

/** The projects of live links of this trainer's active contracts, oldest link first. */
export function projectsOf(context: PluginContext, reading: AccessReading, trainerId: string): TrainerProject[] {
  const contractIds = new Set(
    reading.assignments.filter((row) => row.trainer_id === trainerId).map((row) => row.contract_id),
  );
  const jobIds = new Set(
    reading.contracts
      .filter(({ id, status }) => contractIds.has(id) && status === 'active')
      .map(({ job_id }) => job_id),
  );
  const projects = new Map<string, TrainerProject>();
  for (const link of reading.links) {
    if (link.removed_at !== null || link.job_id === null || !jobIds.has(link.job_id)) continue;
    const id = link.external_project_id;
    if (projects.has(id)) continue;
    projects.set(id, { id, title: link.external_project_name ?? `Project ${id}`, url: context.tool.projectUrl(id) });
  }
  return [...projects.values()];
}

/** Links between OpenTrain jobs and the tool's projects, removed ones included: their past work stays attributable. */
import type { ProjectLink } from '../platform/types.ts';
import type { Database } from '../store/database.ts';

export const labelUnits = ['annotations', 'regions'] as const;
export type LabelUnit = (typeof labelUnits)[number];

export interface ProjectLinkRow {
  id: string;
  job_id: string | null;
  external_project_id: string;
  external_project_name: string | null;
  external_project_url: string | null;
  provisioning_mode: string;
  label_unit: LabelUnit;
  /** Milliseconds since 1970 UTC, as are all times in the store. */
  created_at: number;
  removed_at: number | null;
  event_id: string | null;
}

/** All links, removed ones included, oldest first. */
export async function allProjectLinks(database: Database): Promise<ProjectLinkRow[]> {
  return database<ProjectLinkRow>('project_links').select('*').orderBy(['created_at', 'id']);
}

export async function findProjectLink(database: Database, id: string): Promise<ProjectLinkRow | undefined> {
  return database<ProjectLinkRow>('project_links').where({ id }).first();
}

/** The live links of a job, oldest first. */
export async function liveLinksOfJob(database: Database, jobId: string): Promise<ProjectLinkRow[]> {
  return database<ProjectLinkRow>('project_links')
    .where({ job_id: jobId })
    .whereNull('removed_at')
    .orderBy(['created_at', 'id']);
}

/** Stores what OpenTrain says of a live link; a link known as removed stays removed (deletion is permanent). */
export async function saveProjectLink(database: Database, link: ProjectLink, seenAt: Date): Promise<void> {
  const facts = {
    job_id: link.jobId,
    external_project_id: link.externalProjectId,
    external_project_name: link.externalProjectName,
    external_project_url: link.externalProjectUrl,
    provisioning_mode: link.provisioningMode,
  };
  const createdAt = link.createdAt ? Date.parse(link.createdAt) : Number.NaN;
  await database<ProjectLinkRow>('project_links')
    .insert({ id: link.id, ...facts, created_at: Number.isNaN(createdAt) ? seenAt.getTime() : createdAt })
    .onConflict('id')
    .merge(facts);
}

/** Records that a link was removed; the first time counts. Returns whether it was live until now. */
export async function markLinkRemoved(database: Database, id: string, at: Date): Promise<boolean> {
  const changed = await database<ProjectLinkRow>('project_links')
    .where({ id })
    .whereNull('removed_at')
    .update({ removed_at: at.getTime() });
  return changed > 0;
}

/** Sets what one label is on this link: an annotation, or a region of one. */
export async function setLabelUnit(database: Database, id: string, unit: LabelUnit): Promise<void> {
  await database<ProjectLinkRow>('project_links').where({ id }).update({ label_unit: unit });
}

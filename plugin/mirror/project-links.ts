/** Links between OpenTrain jobs and the tool's projects, removed ones included: their past work stays attributable. */
import type { ProjectLink } from '../platform/types.ts';
import type { Database } from '../store/database.ts';
import { currentGrant } from './installs.ts';

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
  /** The grant (`currentGrant`) under which OpenTrain last told of it; null: unknown. */
  seen_under: string | null;
  /**
   * The customer connected again, and OpenTrain does not know this link under the new grant: it was not removed, so that nobody loses
   * access by it, and it gives nobody new access. null: linked, or removed.
   */
  not_linked_since: number | null;
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

/**
 * Stores what OpenTrain says of a live link; a link known as removed stays removed (deletion is permanent). `grant`: under which
 * grant OpenTrain told it just now; left out for an event, which may be of an older one.
 */
export async function saveProjectLink(
  database: Database,
  link: ProjectLink,
  seenAt: Date,
  grant?: string | null,
): Promise<void> {
  const facts = {
    job_id: link.jobId,
    external_project_id: link.externalProjectId,
    external_project_name: link.externalProjectName,
    external_project_url: link.externalProjectUrl,
    provisioning_mode: link.provisioningMode,
  };
  const createdAt = link.createdAt ? Date.parse(link.createdAt) : Number.NaN;
  await database<ProjectLinkRow>('project_links')
    .insert({
      id: link.id,
      ...facts,
      created_at: Number.isNaN(createdAt) ? seenAt.getTime() : createdAt,
      seen_under: grant === undefined ? await currentGrant(database) : grant,
    })
    .onConflict('id')
    .merge(grant === undefined ? facts : { ...facts, seen_under: grant, not_linked_since: null });
}

/** The links that OpenTrain does not know under the present grant, oldest first. */
export async function linksNotCarriedOver(database: Database): Promise<ProjectLinkRow[]> {
  return database<ProjectLinkRow>('project_links')
    .whereNull('removed_at')
    .whereNotNull('not_linked_since')
    .orderBy(['created_at', 'id']);
}

/** Records that OpenTrain does not know a link under the present grant; the first time counts. Returns whether that is new. */
export async function markNotLinked(database: Database, id: string, at: Date): Promise<boolean> {
  const changed = await database<ProjectLinkRow>('project_links')
    .where({ id })
    .whereNull('not_linked_since')
    .update({ not_linked_since: at.getTime() });
  return changed > 0;
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

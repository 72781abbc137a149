/** Links between OpenTrain jobs and the tool's projects, removed ones included: their past work stays attributable. */
import type { ProjectLink } from '../platform/types.ts';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';
import { isOurs, type Owner, type ProjectState } from './whose-link.ts';

export const labelUnits = ['annotations', 'regions'] as const;
export type LabelUnit = (typeof labelUnits)[number];

export interface ProjectLinkRow {
  id: string;
  job_id: string | null;
  /** As OpenTrain has it; see `external-project-id.ts`. */
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
   * access by it, and it gives nobody new access. Of a removed link, the time of its removal: a read missed it, and no event or admin
   * said so. null: linked, or removed for certain.
   */
  not_linked_since: number | null;
  event_id: string | null;
  /** null: its address was not compared with the tool's yet. */
  owner: Owner | null;
  /** The tool's id of the project; without meaning for another tool's link. */
  project_id: string;
  /** What the tool said of the project last; null: it was never asked. */
  project_state: ProjectState | null;
  project_asked_at: number | null;
  /** 1: stored by a version that did not compare addresses. */
  from_before: number;
}

/** All links, removed ones included, oldest first. */
export async function allProjectLinks(database: Database): Promise<ProjectLinkRow[]> {
  return database<ProjectLinkRow>('project_links').select('*').orderBy(['created_at', 'id']);
}

/** The links that are not another tool's, removed ones included, oldest first. */
export async function ourProjectLinks(database: Database): Promise<ProjectLinkRow[]> {
  return (await allProjectLinks(database)).filter(isOurs);
}

/** The jobs that only links of other tools lead to, removed ones included: their contracts are left to the other tools' plugins. */
export async function jobsOfOtherTools(database: Database): Promise<Set<string>> {
  const links = await allProjectLinks(database);
  const ours = new Set(links.filter(isOurs).map(({ job_id }) => job_id));
  return new Set(links.flatMap(({ job_id }) => (job_id === null || ours.has(job_id) ? [] : [job_id])));
}

export async function findProjectLink(database: Database, id: string): Promise<ProjectLinkRow | undefined> {
  return database<ProjectLinkRow>('project_links').where({ id }).first();
}

/** The live links of a job that are not another tool's, oldest first. */
export async function liveLinksOfJob(database: Database, jobId: string): Promise<ProjectLinkRow[]> {
  const rows = await database<ProjectLinkRow>('project_links')
    .where({ job_id: jobId })
    .whereNull('removed_at')
    .orderBy(['created_at', 'id']);
  return rows.filter(isOurs);
}

/** Whether storing what OpenTrain says of a live link would change nothing. */
export function isKnownAs(row: ProjectLinkRow | undefined, link: ProjectLink, grant: string | null): boolean {
  return (
    row !== undefined &&
    row.job_id === link.jobId &&
    row.external_project_id === link.externalProjectId &&
    row.external_project_name === link.externalProjectName &&
    (link.externalProjectUrl === null || row.external_project_url === link.externalProjectUrl) &&
    row.provisioning_mode === link.provisioningMode &&
    row.seen_under === grant &&
    row.not_linked_since === null
  );
}

/** Notes when the tool was asked about these links, whose standing is as before. */
export async function recordAsked(database: Database, ids: readonly string[], at: Date): Promise<void> {
  await inChunks(ids, async (chunk) => {
    await database<ProjectLinkRow>('project_links').whereIn('id', chunk).update({ project_asked_at: at.getTime() });
    return [];
  });
}

const NOT_COMPARED = { owner: null, project_state: null, project_asked_at: null, from_before: 0 };

/**
 * Stores what OpenTrain says of a live link; a link known as removed stays removed (see `bringLinkBack`). `grant`: under which
 * grant OpenTrain told it just now; left out for an event, which may be of an older one: then it is unknown until the next read. Whose it is, `lookAtLinks` finds out.
 */
export async function saveProjectLink(
  database: Database,
  link: ProjectLink,
  seenAt: Date,
  grant?: string | null,
): Promise<void> {
  const known = await findProjectLink(database, link.id);
  // An event may tell less than the API did.
  const url = link.externalProjectUrl ?? known?.external_project_url ?? null;
  const facts = {
    job_id: link.jobId,
    external_project_id: link.externalProjectId,
    external_project_name: link.externalProjectName,
    external_project_url: url,
    provisioning_mode: link.provisioningMode,
    ...(known && known.external_project_url !== url ? NOT_COMPARED : {}),
  };
  const createdAt = link.createdAt ? Date.parse(link.createdAt) : Number.NaN;
  await database<ProjectLinkRow>('project_links')
    .insert({
      id: link.id,
      ...facts,
      project_id: link.externalProjectId,
      created_at: Number.isNaN(createdAt) ? seenAt.getTime() : createdAt,
      seen_under: grant ?? null,
    })
    .onConflict('id')
    .merge(grant === undefined ? facts : { ...facts, seen_under: grant, not_linked_since: null });
}

/** Our links that OpenTrain does not know under the present grant, oldest first. */
export async function linksNotCarriedOver(database: Database): Promise<ProjectLinkRow[]> {
  const rows = await database<ProjectLinkRow>('project_links')
    .whereNull('removed_at')
    .whereNotNull('not_linked_since')
    .orderBy(['created_at', 'id']);
  return rows.filter(isOurs);
}

/** Records that OpenTrain does not know a link under the present grant; the first time counts. Returns whether that is new. */
export async function markNotLinked(database: Database, id: string, at: Date): Promise<boolean> {
  const changed = await database<ProjectLinkRow>('project_links')
    .where({ id })
    .whereNull('not_linked_since')
    .update({ not_linked_since: at.getTime() });
  return changed > 0;
}

/** Records that a link was removed, as an event or an admin says; the first time counts. */
export async function markLinkRemoved(database: Database, id: string, at: Date): Promise<void> {
  const link = () => database<ProjectLinkRow>('project_links').where({ id });
  await link().whereNull('removed_at').update({ removed_at: at.getTime() });
  await link().update({ not_linked_since: null });
}

/** Records that a link was removed, as a read under the grant that it was seen under misses it; the first time counts. */
export async function markLinkMissing(database: Database, id: string, at: Date): Promise<void> {
  await database<ProjectLinkRow>('project_links')
    .where({ id })
    .whereNull('removed_at')
    .update({ removed_at: at.getTime(), not_linked_since: at.getTime() });
}

/** Records that a link was not removed after all: OpenTrain lists it, or a reconnect left it behind. */
export async function bringLinkBack(
  database: Database,
  id: string,
  { isLeftBehind }: { isLeftBehind: boolean },
): Promise<void> {
  const change = isLeftBehind ? { removed_at: null } : { removed_at: null, not_linked_since: null };
  await database<ProjectLinkRow>('project_links').where({ id }).update(change);
}

/** Sets what one label is on this link: an annotation, or a region of one. */
export async function setLabelUnit(database: Database, id: string, unit: LabelUnit): Promise<void> {
  await database<ProjectLinkRow>('project_links').where({ id }).update({ label_unit: unit });
}

/** What is known of a link's tool and project. */
export type LinkLook = Pick<ProjectLinkRow, 'owner' | 'project_id' | 'project_state' | 'project_asked_at'>;

/** Records whose a link is and what the tool said of its project. */
export async function recordLook(database: Database, { id, ...look }: LinkLook & { id: string }): Promise<void> {
  const { owner, project_id, project_state, project_asked_at } = look;
  await database<ProjectLinkRow>('project_links')
    .where({ id })
    .update({ owner, project_id, project_state, project_asked_at });
}

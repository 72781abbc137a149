/** Links between the tool's projects and OpenTrain's jobs, made and removed by the admin's word. */
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import type { NewProjectLink } from '../platform/client.ts';
import { OpenTrainRefused } from '../platform/errors.ts';
import { isGone } from '../platform/is-gone.ts';
import type { ProjectLink } from '../platform/types.ts';
import { markDue } from '../queue/items.ts';
import { qualifiedExternalId } from './external-project-id.ts';
import { currentGrant } from './installs.ts';
import { jobIdIn } from './job-id.ts';
import { markAccessOfJob } from './mark-access.ts';
import {
  findProjectLink,
  type LabelUnit,
  type LinkLook,
  linksNotCarriedOver,
  markLinkRemoved,
  ourProjectLinks,
  type ProjectLinkRow,
  recordLook,
  saveProjectLink,
  setLabelUnit,
} from './project-links.ts';
import { ownerByAddress } from './whose-link.ts';

export interface NewLink {
  projectId: string;
  /** Its id, or the address of its page. */
  jobId: string;
  labelUnit: LabelUnit;
}

/** OpenTrain takes names of links up to this length (contract: "Project links"). */
const LONGEST_NAME = 300;

/**
 * Links a project to a job on OpenTrain, records it, and makes a reconcile due, since the job may have contracts already. Throws
 * {@link AdminError} for an unknown project or job and for a project that is linked, and what the tool and the client throw.
 */
export async function linkProject(context: PluginContext, link: NewLink): Promise<ProjectLink> {
  const project = await context.tool.findProject(link.projectId);
  if (!project) {
    throw new AdminError(
      `The tool has no project ${link.projectId}.`,
      'See `opentrain-plugin projects` for those it has.',
    );
  }
  await refuseSecondLink(context, project.id);
  const grant = await currentGrant(context.database);
  const created = await createLink(context, project, jobIdIn(link.jobId));
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await saveProjectLink(transaction, created, now, grant);
    await recordLook(transaction, { id: created.id, ...confirmed(project.id, now) });
    await setLabelUnit(transaction, created.id, link.labelUnit);
    await markDue(transaction, { kind: 'reconcile', key: 'all', detail: { cause: 'a new link' } }, now);
  });
  return created;
}

async function createLink(
  context: PluginContext,
  project: { id: string; title: string },
  jobId: string,
): Promise<ProjectLink> {
  try {
    return await createForTool(context, project.id, {
      externalProjectName: project.title.slice(0, LONGEST_NAME),
      externalProjectUrl: context.tool.projectUrl(project.id),
      jobId,
    });
  } catch (error) {
    if (!(error instanceof OpenTrainRefused)) throw error;
    if (error.status === 404) {
      throw new AdminError(
        `OpenTrain has no job ${jobId} of yours: ${error.message}.`,
        "Copy the job's id from its page on OpenTrain.",
        { cause: error },
      );
    }
    if (error.status === 409) {
      throw new AdminError(
        `${error.message}.`,
        'A project can be linked once: remove its link first to link it to another job.',
        { cause: error },
      );
    }
    throw error;
  }
}

/** A project can be linked once: OpenTrain holds that by the external id, we hold it for the two forms of that id. */
async function refuseSecondLink({ database }: PluginContext, projectId: string): Promise<void> {
  const linked = (await ourProjectLinks(database)).find(
    (row) => row.project_id === projectId && row.external_project_id !== projectId && row.removed_at === null,
  );
  if (!linked) return;
  throw new AdminError(
    `Project ${projectId} is linked already, as ${linked.id}.`,
    'A project can be linked once: remove its link first to link it to another job.',
  );
}

/** Makes a link under the project's id, or with the tool's name behind it where a link of another tool has that id. */
async function createForTool(
  { openTrain, settings }: PluginContext,
  projectId: string,
  link: Omit<NewProjectLink, 'externalProjectId'>,
): Promise<ProjectLink> {
  try {
    return await openTrain.createProjectLink({ ...link, externalProjectId: projectId });
  } catch (error) {
    if (!(error instanceof OpenTrainRefused) || error.status !== 409) throw error;
    const holder = (await openTrain.projectLinks()).value.find((row) => row.externalProjectId === projectId);
    if (!holder || ownerByAddress(holder.externalProjectUrl, settings.tool.publicUrl) === 'this tool') throw error;
  }
  const externalProjectId = qualifiedExternalId(projectId, settings.tool.publicUrl);
  return openTrain.createProjectLink({ ...link, externalProjectId });
}

function confirmed(projectId: string, now: Date): LinkLook {
  return { owner: 'this tool', project_id: projectId, project_state: 'exists', project_asked_at: now.getTime() };
}

export interface Relinked {
  /** The links that were made again. */
  made: ProjectLink[];
  /** Those that could not be, each with OpenTrain's reason. */
  refused: { link: ProjectLinkRow; why: string }[];
}

/**
 * Links again, as before, every project whose link a reconnect left behind. One that OpenTrain refuses does not stop the others.
 * Throws OpenTrainUnavailable; what was made until then is recorded.
 */
export async function relinkAll(context: PluginContext): Promise<Relinked> {
  const result: Relinked = { made: [], refused: [] };
  for (const link of await linksNotCarriedOver(context.database)) {
    try {
      result.made.push(await relink(context, link));
    } catch (error) {
      if (!(error instanceof OpenTrainRefused)) throw error;
      result.refused.push({ link, why: error.message });
    }
  }
  return result;
}

async function relink(context: PluginContext, link: ProjectLinkRow): Promise<ProjectLink> {
  const grant = await currentGrant(context.database);
  const created = await createForTool(context, link.project_id, {
    ...(link.external_project_name === null ? {} : { externalProjectName: link.external_project_name }),
    ...(link.external_project_url === null ? {} : { externalProjectUrl: link.external_project_url }),
    ...(link.job_id === null ? {} : { jobId: link.job_id }),
    ...(link.provisioning_mode === 'MANAGED_ADAPTER' ? { provisioningMode: 'MANAGED_ADAPTER' as const } : {}),
  });
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await saveProjectLink(transaction, created, now, grant);
    await recordLook(transaction, { ...link, id: created.id });
    await setLabelUnit(transaction, created.id, link.label_unit);
    await markLinkRemoved(transaction, link.id, now);
    await markDue(transaction, { kind: 'reconcile', key: 'all', detail: { cause: 'linked again' } }, now);
  });
  return created;
}

/**
 * Removes a link on OpenTrain and records it; gone already is fine. Access that depended on it ends after the grace period.
 * Throws {@link AdminError} for a link that neither side knows, and what the client throws.
 */
export async function unlinkProject(context: PluginContext, linkId: string, cause: string): Promise<void> {
  const known = await findProjectLink(context.database, linkId);
  try {
    await context.openTrain.deleteProjectLink(linkId);
  } catch (error) {
    if (!isGone(error)) throw error;
    if (!known) {
      throw new AdminError(`OpenTrain has no link ${linkId}.`, 'See `opentrain-plugin links` for those it has.');
    }
  }
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await markLinkRemoved(transaction, linkId, now);
    if (known?.job_id) await markAccessOfJob(transaction, known.job_id, cause, now);
  });
}

/** Finds out which links are ours and whether the tool has their projects, and keeps the answers for when the tool is away. */
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { markDue } from '../queue/items.ts';
import { serialized } from '../store/serialize.ts';
import { projectIdOf } from './external-project-id.ts';
import { markAccessOfJob } from './mark-access.ts';
import { allProjectLinks, findProjectLink, type ProjectLinkRow, recordAsked, recordLook } from './project-links.ts';
import { isOurs, ownerOf, type ProjectState, standingOf } from './whose-link.ts';

/**
 * Compares every link's address with the tool's, then asks the tool about the projects of our live links. Calls: one for all, and one
 * for each project that is missing from the list. Access that depends on a changed answer becomes due. Throws what the tool throws.
 */
export async function lookAtLinks(context: PluginContext, cause: string): Promise<void> {
  await compareAddresses(context, cause);
  const links = (await allProjectLinks(context.database)).filter((row) => row.removed_at === null && isOurs(row));
  const states = await askTool(context, [...new Set(links.map(({ project_id }) => project_id))]);
  const now = context.clock.now();
  const looks = links.map((row) => ({ row, project_state: states.get(row.project_id) ?? ('missing' as const) }));
  for (const { row, project_state } of looks.filter((look) => look.project_state !== look.row.project_state)) {
    await store(context, row, { ...row, project_state, project_asked_at: now.getTime() }, cause);
  }
  const same = looks.filter((look) => look.project_state === look.row.project_state);
  await recordAsked(
    context.database,
    same.map(({ row }) => row.id),
    now,
  );
}

/** The same, but when the tool is away its last answers stand, and it is asked again as soon as it is back. */
export async function tryToLookAtLinks(context: PluginContext, cause: string): Promise<void> {
  try {
    await lookAtLinks(context, cause);
  } catch (error) {
    context.log.warn(
      { error: messageOf(error) },
      'the tool could not be asked about linked projects; what it said last stands',
    );
    await markDue(context.database, { kind: 'links', key: 'all', detail: { cause } }, context.clock.now());
  }
}

/**
 * An admin says that a link which was stored before addresses were compared is another tool's. Returns whether it was one of which
 * that was open. Access that depends on it becomes due.
 */
export async function leaveToOtherTool(context: PluginContext, linkId: string): Promise<boolean> {
  const row = await findProjectLink(context.database, linkId);
  if (row?.owner !== null || row.from_before !== 1) return false;
  await store(context, row, { ...row, owner: 'another tool', project_state: null, project_asked_at: null }, 'admin');
  return true;
}

async function compareAddresses(context: PluginContext, cause: string): Promise<void> {
  const toolUrl = context.settings.tool.publicUrl;
  for (const row of await allProjectLinks(context.database)) {
    const owner = ownerOf(row, toolUrl);
    if (owner === row.owner) continue;
    const project_id = owner === 'this tool' ? projectIdOf(row.external_project_id, toolUrl) : row.external_project_id;
    await store(context, row, { ...row, owner, project_id, project_state: null, project_asked_at: null }, cause);
  }
}

async function askTool(context: PluginContext, projectIds: readonly string[]): Promise<Map<string, ProjectState>> {
  const states = new Map<string, ProjectState>();
  if (projectIds.length === 0) return states;
  const listed = new Set((await context.tool.listProjects()).map(({ id }) => id));
  for (const id of projectIds) {
    const exists = listed.has(id) || (await context.tool.findProject(id)) !== null;
    states.set(id, exists ? 'exists' : 'missing');
  }
  return states;
}

async function store(context: PluginContext, before: ProjectLinkRow, after: ProjectLinkRow, cause: string) {
  const [was, is] = [standingOf(before), standingOf(after)];
  await serialized(context.database, async (transaction) => {
    await recordLook(transaction, after);
    if (was !== is && after.job_id) await markAccessOfJob(transaction, after.job_id, cause, context.clock.now());
  });
  if (was !== is) context.log.info({ link: after.id, project: after.project_id, was, is }, 'whose link this is');
}

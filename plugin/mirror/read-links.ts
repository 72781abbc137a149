/**
 * Stores the (complete) list of links, and finds those that are gone: only a 404 of a link by its id counts.
 *
 * | known as                            | OpenTrain's list                | last seen under     | then                                      |
 * |-------------------------------------|---------------------------------|---------------------|-------------------------------------------|
 * | live                                | has it                          | –                   | it is stored                              |
 * | removed                             | has it, and was read afterwards | –                   | it is live again                          |
 * | live                                | lacks it (404)                  | the present grant   | it was removed                            |
 * | live                                | has its project and job anew    | any                 | removed; the new one counts as it did     |
 * | live                                | lacks it (404)                  | another grant       | left behind by a reconnect: held, told    |
 * | removed, as a read missed it, and   | lacks it                        | another grant       | the same: that read was half a reconnect  |
 * | its grace is not over               |                                 |                     |                                           |
 *
 * Nobody loses access by a link that was left behind: what a reconnect carries over is not documented.
 */
import type { PluginContext } from '../context.ts';
import type { Answer } from '../platform/http.ts';
import { isGone } from '../platform/is-gone.ts';
import type { ProjectLink } from '../platform/types.ts';
import { serialized } from '../store/serialize.ts';
import { projectIdOf } from './external-project-id.ts';
import { currentGrant } from './installs.ts';
import { markAccessOfJob } from './mark-access.ts';
import {
  allProjectLinks,
  bringLinkBack,
  isKnownAs,
  markLinkMissing,
  markLinkRemoved,
  markNotLinked,
  type ProjectLinkRow,
  saveProjectLink,
  setLabelUnit,
} from './project-links.ts';

/** Stores the links and finds those that are gone; returns how many. Throws what the client throws. */
export async function storeLinks(
  context: PluginContext,
  { value: links, asOf }: Answer<ProjectLink[]>,
  cause: string,
): Promise<number> {
  const { database, clock } = context;
  const grant = await currentGrant(database);
  const known = new Map((await allProjectLinks(database)).map((row) => [row.id, row]));
  for (const link of links) {
    const row = known.get(link.id);
    if (!isKnownAs(row, link, grant)) await saveProjectLink(database, link, clock.now(), grant);
    if (row && row.removed_at !== null && row.removed_at < asOf.getTime()) await bringBack(context, row, cause);
  }
  const seen = new Set(links.map(({ id }) => id));
  const read = { links, known, grant, cause };
  let removed = 0;
  for (const row of known.values()) {
    if (seen.has(row.id)) continue;
    if (row.removed_at !== null) await holdAgain(context, row, read);
    else if (!(await isStillThere(context, row)) && (await markGone(context, row, read))) removed += 1;
  }
  return removed;
}

interface Read {
  links: readonly ProjectLink[];
  /** Before the links were stored. */
  known: ReadonlyMap<string, ProjectLinkRow>;
  grant: string | null;
  cause: string;
}

/** Returns whether the link was removed, not left behind. */
async function markGone(context: PluginContext, row: ProjectLinkRow, read: Read): Promise<boolean> {
  const again = read.links.find((link) => isLinkOf(context, link, row));
  if (row.seen_under === read.grant || again) {
    await keepLabelUnit(context, row, again, read);
    await recordRemoval(context, row, { cause: read.cause, mark: again ? markLinkRemoved : markLinkMissing });
    return true;
  }
  if (await markNotLinked(context.database, row.id, context.clock.now())) {
    context.log.warn({ link: row.id }, 'a link was left behind by a reconnect; nobody loses access by that');
  }
  return false;
}

/** OpenTrain lists our link under another id: what a label is stays. One that was made here is known already, with its own choice. */
async function keepLabelUnit(context: PluginContext, row: ProjectLinkRow, again: ProjectLink | undefined, read: Read) {
  if (!again || read.known.has(again.id)) return;
  await setLabelUnit(context.database, again.id, row.label_unit);
}

function isLinkOf({ settings }: PluginContext, link: ProjectLink, row: ProjectLinkRow): boolean {
  return link.jobId === row.job_id && projectIdOf(link.externalProjectId, settings.tool.publicUrl) === row.project_id;
}

async function isStillThere(context: PluginContext, row: ProjectLinkRow): Promise<boolean> {
  try {
    await context.openTrain.projectLink(row.id);
    return true;
  } catch (error) {
    if (!isGone(error)) throw error;
    return false;
  }
}

interface Removal {
  cause: string;
  mark: typeof markLinkRemoved;
}

async function recordRemoval(context: PluginContext, row: ProjectLinkRow, { cause, mark }: Removal): Promise<void> {
  const now = context.clock.now();
  await serialized(context.database, async (transaction) => {
    await mark(transaction, row.id, now);
    if (row.job_id) await markAccessOfJob(transaction, row.job_id, cause, now);
  });
}

async function bringBack(context: PluginContext, row: ProjectLinkRow, cause: string): Promise<void> {
  context.log.warn({ link: row.id }, 'a link that was known as removed is listed by OpenTrain: it counts again');
  await serialized(context.database, async (transaction) => {
    await bringLinkBack(transaction, row.id, { isLeftBehind: false });
    if (row.job_id) await markAccessOfJob(transaction, row.job_id, cause, context.clock.now());
  });
}

/** The old token may have worked on for a while after the customer had approved anew: what it missed was not removed. */
async function holdAgain(context: PluginContext, row: ProjectLinkRow, read: Read): Promise<void> {
  const graceOver = (row.removed_at ?? 0) + context.settings.linkRemovalGraceSeconds * 1_000;
  const isByRead = row.not_linked_since !== null && row.not_linked_since === row.removed_at;
  if (!isByRead || row.seen_under === read.grant || graceOver <= context.clock.now().getTime()) return;
  const again = read.links.find((link) => isLinkOf(context, link, row));
  await keepLabelUnit(context, row, again, read);
  if (again) return;
  await serialized(context.database, async (transaction) => {
    await bringLinkBack(transaction, row.id, { isLeftBehind: true });
    if (row.job_id) await markAccessOfJob(transaction, row.job_id, read.cause, context.clock.now());
  });
}

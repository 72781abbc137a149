/** Projects and links: which project of the tool belongs to which job, and what one label is there. */
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Project } from '../../../adapters/tool.ts';
import { lostByUnlink } from '../../access/lost-by-unlink.ts';
import { AdminError, messageOf } from '../../errors.ts';
import { forPeople } from '../../errors-for-people.ts';
import { linkProject, relinkAll, unlinkProject } from '../../mirror/link-project.ts';
import { leaveToOtherTool } from '../../mirror/look-at-links.ts';
import {
  allProjectLinks,
  findProjectLink,
  labelUnits,
  type ProjectLinkRow,
  setLabelUnit,
} from '../../mirror/project-links.ts';
import { findTrainers } from '../../mirror/trainers.ts';
import { isOurs, standingOf } from '../../mirror/whose-link.ts';
import { readJobs, WORK_DAYS } from '../../status/jobs.ts';
import { whoIs } from '../../status/people.ts';
import { webAddress } from '../../text/web-address.ts';
import { countsByUnit } from '../../usage/counted-days.ts';
import { addDays, dayOf } from '../../usage/days.ts';
import { field } from '../forms.ts';
import type { Console } from './console.ts';
import { pageOf } from './paging.ts';
import { trainerPath } from './trainer.ts';

const PATH = '/console/projects';
const LONGEST_ID = 200;
const NAMES_SHOWN = 50;
const JOBS_OFFERED = 200;

/** What was typed into the form that links, and why it was not done. */
interface Refused {
  project: string;
  job: string;
  unit: string;
  message: string;
  remedy: string;
}

/** The routes below /console/projects. */
export function projects(console: Console): Router {
  const router = Router();
  router.get('/', (request, response) => show(console, request, response, null));
  router.post('/link', link(console));
  router.post('/unlink', unlink(console));
  router.post('/unit', changeUnit(console));
  router.post('/relink', relink(console));
  router.post('/other-tool', otherTool(console));
  return router;
}

async function show(console: Console, request: Request, response: Response, refused: Refused | null): Promise<void> {
  const { context } = console;
  const links = await allProjectLinks(context.database);
  const live = links.filter((row) => row.removed_at === null);
  const tool = await listProjects(console);
  const unlinking = live.find((row) => isOurs(row) && row.id === request.query.unlink) ?? null;
  const capabilities = (await context.describeTool().catch(() => null))?.capabilities;
  const page = pageOf(request, PATH, live.filter(isOurs));
  const today = dayOf(context.clock.now(), context.settings.usage.timezone);
  const shown = page.rows.flatMap((row) => row.job_id ?? []);
  const offered = links.filter(isOurs).flatMap((row) => row.job_id ?? []);
  const jobIds = [...new Set([...shown, ...offered])].slice(0, JOBS_OFFERED);
  const jobs = await readJobs(context.database, jobIds, today);
  const frame = {
    ...{ title: 'Projects and links', section: PATH, ...page, refused, workDays: WORK_DAYS },
    isAnyNotLinked: live.some((row) => isOurs(row) && row.not_linked_since !== null),
    others: live.filter((row) => !isOurs(row)),
    standingOf,
    removed: links.filter((row) => isOurs(row) && row.removed_at !== null),
    jobs,
    units: await countsByUnit(
      context.database,
      page.rows.map((row) => row.project_id),
      addDays(today, 1 - WORK_DAYS),
    ),
    isOpen,
    leaving: live.find((row) => isOpen(row) && row.id === request.query.other) ?? null,
    jobOf: (id: string | null) => jobs.find((job) => job.id === id) ?? null,
    projects: tool.projects.filter(({ id }) => !live.some((row) => isOurs(row) && row.project_id === id)),
    toolProblem: tool.problem,
    canCountRegions: capabilities?.regions ?? true,
    unlinking,
    losing: unlinking && (await losing(console, unlinking)),
    policy: context.settings.accessPolicy,
    grace: context.settings.linkRemovalGraceSeconds,
    webAddress,
  };
  console.page(request, response, 'projects', frame, refused ? 409 : 200);
}

/** Who would lose access, by name, and how many; null while the tool does not say what it can do. */
async function losing({ context }: Console, link: ProjectLinkRow) {
  try {
    const ids = await lostByUnlink(context, link);
    const named = await findTrainers(context.database, ids.slice(0, NAMES_SHOWN));
    const people = named.map(({ id, display_name, work_email }) => ({
      name: whoIs({ id, displayName: display_name, workEmail: work_email }),
      path: trainerPath(id),
    }));
    return { count: ids.length, people: people.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  } catch (error) {
    if (forPeople(context.settings, error) instanceof AdminError) return null;
    throw error;
  }
}

async function listProjects({ context }: Console): Promise<{ projects: Project[]; problem: string | null }> {
  try {
    return { projects: await context.tool.listProjects(), problem: null };
  } catch (error) {
    return { projects: [], problem: messageOf(error) };
  }
}

/** What is refused keeps the form as it was filled in. */
function link(console: Console): RequestHandler {
  return async (request, response) => {
    try {
      await linkProject(console.context, {
        projectId: identifier(request, 'project', 'Choose a project.'),
        jobId: identifier(request, 'job', "Enter the job's id, or the address of its page on OpenTrain."),
        labelUnit: unitOf(request),
      });
      response.redirect(303, `${PATH}?done=linked`);
    } catch (error) {
      const told = forPeople(console.context.settings, error);
      if (!(told instanceof AdminError)) throw error;
      const [project = '', job = '', unit = ''] = ['project', 'job', 'unit'].map((name) => field(request, name));
      await show(console, request, response, { project, job, unit, message: told.message, remedy: told.remedy });
    }
  };
}

function unlink(console: Console) {
  return console.action(async (request) => {
    await unlinkProject(console.context, identifier(request, 'link', 'Choose a link.'), console.actor(request));
    return { back: PATH, done: 'unlinked' };
  });
}

function relink(console: Console) {
  return console.action(async () => {
    const { refused } = await relinkAll(console.context);
    const [first] = refused;
    if (first) {
      throw new AdminError(
        `${refused.length} could not be linked again; the first, project ${first.link.project_id}: ${first.why}.`,
        'Link it by hand below, or remove its link here.',
      );
    }
    return { back: PATH, done: 'relinked' };
  });
}

/** Whether an admin has to say whose the link is: it was stored before addresses were compared, and its address is not below the tool's. */
function isOpen({ owner, from_before }: ProjectLinkRow): boolean {
  return owner === null && from_before === 1;
}

function otherTool(console: Console) {
  return console.action(async (request) => {
    if (!(await leaveToOtherTool(console.context, identifier(request, 'link', 'Choose a link.')))) {
      throw new AdminError('It is not open whose this link is.', 'Open the Projects page anew.');
    }
    return { back: PATH, done: 'leftToOther' };
  });
}

function changeUnit(console: Console) {
  return console.action(async (request) => {
    const { database } = console.context;
    const row = await findProjectLink(database, field(request, 'link'));
    if (!row || row.removed_at !== null) throw new AdminError('This link was removed.', 'Open the page anew.');
    await setLabelUnit(database, row.id, unitOf(request));
    return { back: PATH, done: 'unit' };
  });
}

function unitOf(request: Request) {
  const unit = labelUnits.find((known) => known === field(request, 'unit'));
  if (unit) return unit;
  throw new AdminError('A label is an annotation or a region.', 'Choose one of the two.');
}

function identifier(request: Request, name: string, remedy: string): string {
  const value = field(request, name).trim();
  if (value !== '' && value.length <= LONGEST_ID) return value;
  throw new AdminError(`The ${name} is missing.`, remedy);
}

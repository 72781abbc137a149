/** Label Studio, worked as its owner and its annotators do. */
import { z } from 'zod';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import { type Identity, LabelStudioSession } from '../../support/label-studio-session.ts';
import type { Credentials, ExportedWork, Session, ToolDriver } from '../driver.ts';
import { noWork } from './label-studio-no-work.ts';

const exportSchema = z.array(
  z.object({
    annotations: z.array(
      z.object({ completed_by: z.number(), was_cancelled: z.boolean(), lead_time: z.number().nullable() }),
    ),
  }),
);
type ExportedTasks = z.infer<typeof exportSchema>;

/** Drives the Label Studio at hand, with its owner's token and (for times in the past) its database. */
export function driveLabelStudio(tool: LocalTool): ToolDriver {
  const owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
  const database = openToolDatabase(tool.databaseUrl);
  const personalTokens = new Map<Identity | undefined, string>();
  const as = (session: Session): LabelStudioSession =>
    new LabelStudioSession(tool.baseUrl, session.headers[0] ?? { Cookie: '' });
  const taskOf = async (projectId: string, task: number): Promise<number> =>
    (await owner.taskIds(projectId))[task] ?? Number.NaN;

  return {
    instructionsAre: 'markup',
    createProject: async (title, tasks) => {
      const texts = Array.from({ length: tasks }, (_, task) => `Text ${task}`);
      return (await owner.createProject(title, texts)).projectId;
    },
    deleteProject: async (projectId) => {
      await owner.http.delete(`/api/projects/${projectId}/`);
    },
    writeInstructions: async (projectId, text) => {
      await owner.http.patch(`/api/projects/${projectId}/`, { expert_instruction: text });
    },
    readInstructions: async (projectId) => (await owner.instructions(projectId)).expert_instruction,
    signIn: async (person) => {
      const session = await LabelStudioSession.signIn(tool.baseUrl, person.email, person.password);
      if (!session) return null;
      const keys = await collectKeys(session);
      if (keys.personalToken !== null) personalTokens.set(session.identity, keys.personalToken);
      return { headers: keys.identities, lapsing: keys.identities.filter(isAccessToken) };
    },
    canWork: async (session, projectId) =>
      (await as(session).http.get('/api/tasks', { params: { project: projectId } })).status === 200,
    annotate: async (session, projectId, { task, seconds, at }) => {
      const id = await as(session).annotate(await taskOf(projectId, task), {
        labels: ['good'],
        ...(seconds === undefined ? {} : { leadTime: seconds }),
      });
      if (at) await database.execute('UPDATE task_completion SET created_at = $1 WHERE id = $2', [at, id]);
      return String(id);
    },
    skip: async (session, projectId, task) => {
      await as(session).skip(await taskOf(projectId, task), 5);
    },
    edit: (session, _projectId, annotation, seconds) =>
      as(session).edit(Number(annotation), { labels: ['bad'], leadTime: seconds }),
    makeNoWork: async (reason, { session, other, projectId, toolUserId, task }) => {
      const people = { owner, own: as(session), other: as(other), toolUserId };
      await noWork[reason]({ ...people, projectId, task: await taskOf(projectId, task) });
    },
    deleteAnnotation: (session, _projectId, annotation) => as(session).deleteAnnotation(Number(annotation)),
    reaches: (person, kept, projectIds) =>
      reaches(tool.baseUrl, person, kept, personalTokens.get(kept.headers[0]), projectIds),
    exportWork: async (projectId) => recount(exportSchema.parse(await owner.exportProject(projectId))),
    sharedSecrets: async () => [await owner.inviteToken()],
    close: () => database.close(),
  };
}

/** It lives for 300 s, whatever becomes of what it was made from. */
function isAccessToken(identity: Identity): boolean {
  return identity.Authorization?.startsWith('Bearer ') === true;
}

/** Everything that somebody can take along from one session. */
async function collectKeys(
  session: LabelStudioSession,
): Promise<{ identities: Identity[]; personalToken: string | null }> {
  const identities: Identity[] = [session.identity];
  const legacy = await session.http.get('/api/current-user/token');
  if (legacy.status === 200) identities.push({ Authorization: `Token ${await session.legacyToken()}` });
  const personal = z.object({ token: z.string() }).safeParse((await session.http.post('/api/token/', {})).data)
    .data?.token;
  if (personal === undefined) return { identities, personalToken: null };
  const access = await session.refresh(personal);
  if (access !== null) identities.push({ Authorization: `Bearer ${access}` });
  return { identities, personalToken: personal };
}

/** Membership is of the whole tool: its own doors are part of every removal. */
async function reaches(
  baseUrl: string,
  person: Credentials,
  kept: Session,
  personalToken: string | undefined,
  projectIds: readonly string[],
): Promise<string[]> {
  const reached: string[] = [];
  const again = await LabelStudioSession.signIn(baseUrl, person.email, person.password);
  if (again) reached.push('sign in');
  if (personalToken !== undefined && (await new LabelStudioSession(baseUrl, {}).refresh(personalToken)) !== null) {
    reached.push('exchange the personal access token');
  }
  const ofTool = ['/api/current-user/whoami', '/api/projects/', '/api/users/', '/api/invite'];
  const ofProjects = projectIds.flatMap((id) => [
    ...[`/api/projects/${id}/`, `/api/projects/${id}/next/`, `/api/tasks?project=${id}`],
    `/api/projects/${id}/export?exportType=JSON`,
  ]);
  for (const identity of [...kept.headers, ...(again ? [again.identity] : [])]) {
    const { http } = new LabelStudioSession(baseUrl, identity);
    for (const door of [...ofTool, ...ofProjects]) {
      if ((await http.get(door)).status === 200) reached.push(door);
    }
  }
  return reached;
}

function recount(tasks: ExportedTasks): ExportedWork[] {
  const people = new Map<string, ExportedWork>();
  for (const { annotations } of tasks) {
    const seen = new Set<string>();
    for (const { completed_by, was_cancelled, lead_time } of annotations) {
      if (was_cancelled) continue;
      const toolUserId = String(completed_by);
      const work = people.get(toolUserId) ?? { toolUserId, tasks: 0, annotations: 0, seconds: 0 };
      if (!seen.has(toolUserId)) work.tasks += 1;
      seen.add(toolUserId);
      work.annotations += 1;
      work.seconds = (work.seconds ?? 0) + (lead_time ?? 0);
      people.set(toolUserId, work);
    }
  }
  return [...people.values()];
}

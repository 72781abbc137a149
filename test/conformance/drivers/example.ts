/** Sorter, worked as its admin and its annotators do. */
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import type { Credentials, ExportedWork, Session, ToolDriver, Work } from '../driver.ts';
import { idSchema, parsed, send } from '../http.ts';

const projectsSchema = z.array(idSchema.extend({ instructions: z.string() }));
const exportSchema = z.array(z.object({ account_id: z.number(), task_id: z.number(), seconds: z.number() }));

/** Drives the Sorter at hand, with its admin's token and (for times in the past) its file. */
export function driveSorter(tool: LocalTool): ToolDriver {
  const admin = { Authorization: `Bearer ${tool.apiToken}` };
  const url = (path: string): string => `${tool.baseUrl}${path}`;

  const signIn = async (person: Credentials): Promise<Session | null> => {
    const answer = await send('POST', url('/api/sign-in'), {}, person);
    if (answer.status === 401) return null;
    return { headers: [{ Authorization: `Bearer ${parsed(answer, z.object({ token: z.string() })).token}` }] };
  };

  const work = async (session: Session, projectId: string, { task, seconds = 1, at }: Work, skip = false) => {
    const path = url(`/api/projects/${projectId}/tasks/${task}/annotations`);
    const { id } = parsed(await send('POST', path, session.headers[0], { seconds, skip }), idSchema);
    if (at) changeTime(tool.databaseUrl, id, at);
    return String(id);
  };

  return {
    instructionsAre: 'text',
    createProject: async (title, tasks) =>
      String(parsed(await send('POST', url('/api/projects'), admin, { title, tasks }), idSchema).id),
    deleteProject: async (projectId) => {
      await send('DELETE', url(`/api/projects/${projectId}`), admin);
    },
    writeInstructions: async (projectId, instructions) => {
      await send('PATCH', url(`/api/projects/${projectId}`), admin, { instructions });
    },
    readInstructions: async (projectId) => {
      const projects = parsed(await send('GET', url('/api/projects'), admin), projectsSchema);
      return projects.find(({ id }) => String(id) === projectId)?.instructions ?? '';
    },
    signIn,
    canWork: async (session, projectId) =>
      (await send('GET', url(`/api/projects/${projectId}/tasks`), session.headers[0])).status === 200,
    annotate: (session, projectId, done) => work(session, projectId, done),
    skip: async (session, projectId, task) => {
      await work(session, projectId, { task }, true);
    },
    deleteAnnotation: async (session, _projectId, annotation) => {
      await send('DELETE', url(`/api/annotations/${annotation}`), session.headers[0]);
    },
    reaches: async (person, kept, projectIds, ofTool) => {
      const again = await signIn(person);
      const reached = ofTool && again ? ['sign in'] : [];
      const doors = [...projectIds.map((id) => `/api/projects/${id}/tasks`), ...(ofTool ? ['/api/projects'] : [])];
      for (const headers of [...kept.headers, ...(again?.headers ?? [])]) {
        for (const door of doors) if ((await send('GET', url(door), headers)).status === 200) reached.push(door);
      }
      return reached;
    },
    exportWork: async (projectId) =>
      recount(parsed(await send('GET', url(`/api/projects/${projectId}/export`), admin), exportSchema)),
    sharedSecrets: async () => [
      parsed(await send('GET', url('/api/invite'), admin), z.object({ token: z.string() })).token,
    ],
    close: async () => undefined,
  };
}

function changeTime(databaseUrl: string, annotation: number, at: Date): void {
  const database = new DatabaseSync(databaseUrl.replace(/^sqlite:/, ''));
  database.prepare('UPDATE annotation SET created_at = ? WHERE id = ?').run(at.toISOString(), annotation);
  database.close();
}

function recount(annotations: z.infer<typeof exportSchema>): ExportedWork[] {
  return [...Map.groupBy(annotations, ({ account_id }) => String(account_id))].map(([toolUserId, own]) => ({
    toolUserId,
    tasks: new Set(own.map(({ task_id }) => task_id)).size,
    annotations: own.length,
    seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
  }));
}

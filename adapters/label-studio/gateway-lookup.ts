/**
 * To which project a task, an annotation, a draft, a data manager tab or a model belongs, and whose it is: from the database, else from the
 * API. A file of a storage belongs to a task that names it: the API alone is asked, as our role does not read what is in tasks.
 */
import { z } from 'zod';
import type { Thing, Whereabouts } from '../gateway.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { ApiClient } from './api-client.ts';
import { draftAuthor } from './gateway-answers.ts';

/** What a thing can be, but for files. */
export const thingKinds = ['task', 'annotation', 'draft', 'tab', 'backend'] as const;
type ThingKind = (typeof thingKinds)[number];

const statements: Readonly<Record<ThingKind, string>> = {
  task: 'SELECT project_id, NULL AS owner_id FROM task WHERE id = $1',
  annotation: 'SELECT project_id, completed_by_id AS owner_id FROM task_completion WHERE id = $1',
  draft:
    'SELECT t.project_id, d.user_id AS owner_id FROM tasks_annotationdraft d JOIN task t ON t.id = d.task_id WHERE d.id = $1',
  backend: 'SELECT project_id, NULL AS owner_id FROM ml_mlbackend WHERE id = $1',
  tab: 'SELECT project_id, user_id AS owner_id FROM data_manager_view WHERE id = $1',
};

const rowSchema = z.object({ project_id: z.number().nullable(), owner_id: z.number().nullable() });

/** Where a thing belongs; null when there is none. */
export function locate(thing: Thing, database: ToolDatabase | undefined, api: ApiClient): Promise<Whereabouts | null> {
  if (thing.kind === 'file') return locateFile(api, thing.id);
  return database ? locateInDatabase(database, thing) : locateThroughApi(api, thing);
}

export async function locateInDatabase(database: ToolDatabase, thing: Thing): Promise<Whereabouts | null> {
  const kind = kindOf(thing);
  const rows = z.array(rowSchema).parse(await database.query(statements[kind], [Number(thing.id)]));
  return rows[0] ? whereabouts(rows[0].project_id, rows[0].owner_id) : null;
}

const owner = z.union([z.number(), z.object({ id: z.number() }).transform(({ id }) => id)]).nullish();
const taskSchema = z.object({ project: z.number().nullable() });
const annotationSchema = z.object({ project: z.number().nullable(), completed_by: owner });
const draftSchema = z.object({ task: z.number(), created_username: z.string().nullish() });
const tabSchema = z.object({ project: z.number().nullable(), user: owner });

async function locateThroughApi(api: ApiClient, thing: Thing): Promise<Whereabouts | null> {
  switch (kindOf(thing)) {
    case 'task':
      return withAnswer(api, `/api/tasks/${thing.id}/`, taskSchema, ({ project }) => whereabouts(project, null));
    case 'annotation':
      return withAnswer(api, `/api/annotations/${thing.id}/`, annotationSchema, ({ project, completed_by }) =>
        whereabouts(project, completed_by ?? null),
      );
    case 'draft':
      return locateDraft(api, thing.id);
    case 'backend':
      return withAnswer(api, `/api/ml/${thing.id}`, taskSchema, ({ project }) => whereabouts(project, null));
    case 'tab':
      return withAnswer(api, `/api/dm/views/${thing.id}/`, tabSchema, ({ project, user }) =>
        whereabouts(project, user ?? null),
      );
  }
}

/** A draft's answer names its task, not its project. */
async function locateDraft(api: ApiClient, id: string): Promise<Whereabouts | null> {
  const draft = await withAnswer(api, `/api/drafts/${id}/`, draftSchema, (answer) => answer);
  if (!draft) return null;
  const task = await locateThroughApi(api, { kind: 'task', id: String(draft.task) });
  return task && { ...task, ownerId: draftAuthor(draft.created_username) };
}

const taskWithData = z.object({ project: z.number().nullable(), data: z.unknown() });

/** `id`: the task's number and the file as addresses name it. Some storages give any file of a bucket, which other projects may share. */
async function locateFile(api: ApiClient, id: string): Promise<Whereabouts | null> {
  const [task = '', file = ''] = id.split(' ');
  return withAnswer(api, `/api/tasks/${task}/`, taskWithData, ({ project, data }) =>
    filesIn(data, task).has(file) ? whereabouts(project, null) : null,
  );
}

/** The files that a task's data leads to through Label Studio, as "/tasks/12/resolve/?fileuri=FILE" (1.10: "presign"). */
function filesIn(data: unknown, task: string): Set<string> {
  const found = JSON.stringify(data ?? null).matchAll(
    /\/tasks\/(\d+)\/(?:resolve|presign)\/?\?fileuri=([\w-]+={0,2})/g,
  );
  return new Set([...found].flatMap(([, number, file = '']) => (number === task ? [file] : [])));
}

async function withAnswer<Answer, Result>(
  api: ApiClient,
  path: string,
  schema: z.ZodType<Answer>,
  read: (answer: Answer) => Result,
): Promise<Result | null> {
  const request = { method: 'GET' as const, path, expect: [404] };
  const { status, body } = await api.send(request);
  return status === 404 ? null : read(api.parse(schema, request, body));
}

function whereabouts(projectId: number | null, ownerId: number | null): Whereabouts | null {
  return projectId === null
    ? null
    : { projectId: String(projectId), ownerId: ownerId === null ? null : String(ownerId) };
}

function kindOf({ kind }: Thing): ThingKind {
  const known = thingKinds.find((name) => name === kind);
  if (!known) throw new RangeError(`Label Studio has no “${kind}”`);
  return known;
}

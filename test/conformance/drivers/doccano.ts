/** doccano, worked as its admin and its annotators do. */
import { z } from 'zod';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import type { Credentials, Session, ToolDriver, Work } from '../driver.ts';
import { idSchema, parsed, send } from '../http.ts';
import { createExporter } from './doccano-export.ts';

const keySchema = z.object({ key: z.string() });

/** Drives the doccano at hand, with its superuser's token and (for times in the past) its database. */
export function driveDoccano(tool: LocalTool, cacheDirectory: string): ToolDriver {
  const admin = { Authorization: `Token ${tool.apiToken}` };
  const database = openToolDatabase(tool.databaseUrl);
  const exporter = createExporter(tool, cacheDirectory);
  const url = (path: string): string => `${tool.baseUrl}/v1${path}`;
  const tasksOf = async (projectId: string): Promise<number[]> => {
    const page = z.object({ results: z.array(idSchema) });
    const answer = await send('GET', url(`/projects/${projectId}/examples?limit=1000`), admin);
    return parsed(answer, page).results.map(({ id }) => id);
  };
  const guideline = async (projectId: string): Promise<string> => {
    const answer = await send('GET', url(`/projects/${projectId}`), admin);
    return parsed(answer, z.object({ guideline: z.string() })).guideline;
  };
  const signIn = async ({ email, password }: Credentials): Promise<Session | null> => {
    const answer = await send('POST', url('/auth/login/'), {}, { username: email, password });
    if (answer.status === 400) return null;
    const cookie = answer.headers
      .getSetCookie()
      .map((each) => each.split(';', 1)[0])
      .join('; ');
    return { headers: [{ Authorization: `Token ${parsed(answer, keySchema).key}` }, { Cookie: cookie }] };
  };

  return {
    instructionsAre: 'markup',
    createProject: async (title, tasks) => {
      const project = { name: title, description: title, guideline: '', tags: [] };
      const kind = { project_type: 'DocumentClassification', resourcetype: 'TextClassificationProject' };
      const { id } = parsed(await send('POST', url('/projects'), admin, { ...project, ...kind }), idSchema);
      parsed(await send('POST', url(`/projects/${id}/category-types`), admin, { text: 'good' }), idSchema);
      for (let task = 0; task < tasks; task += 1) {
        const text = { text: `Text ${task} of ${title}` };
        parsed(await send('POST', url(`/projects/${id}/examples`), admin, text), idSchema);
      }
      return String(id);
    },
    deleteProject: async (projectId) => {
      await send('DELETE', url(`/projects/${projectId}`), admin);
    },
    writeInstructions: async (projectId, text) => {
      const answer = await send('PATCH', url(`/projects/${projectId}`), admin, { guideline: text });
      parsed(answer, z.unknown());
    },
    readInstructions: guideline,
    signIn,
    canWork: async (session, projectId) =>
      (await send('GET', url(`/projects/${projectId}/examples?limit=1`), session.headers[0])).status === 200,
    annotate: (session, projectId, work) => annotate(session, projectId, work),
    deleteAnnotation: async (session, projectId, annotation) => {
      const [example, category] = annotation.split('/');
      const path = `/projects/${projectId}/examples/${example}`;
      await send('DELETE', url(`${path}/categories/${category}`), session.headers[0]);
      // Confirming again takes the confirmation back.
      await send('POST', url(`${path}/states`), session.headers[0], {});
    },
    reaches: (person, kept, projectIds, ofTool) => reaches(person, kept, projectIds, ofTool),
    exportWork: (projectId) => exporter.exportWork(projectId),
    // Nothing shared lets anybody into doccano.
    sharedSecrets: async () => [],
    close: async () => {
      await exporter.close();
      await database.close();
    },
  };

  async function annotate(session: Session, projectId: string, work: Work): Promise<string> {
    const example = (await tasksOf(projectId))[work.task];
    const path = `/projects/${projectId}/examples/${example}`;
    const [headers] = session.headers;
    const types = await send('GET', url(`/projects/${projectId}/category-types`), headers);
    const label = parsed(types, z.array(idSchema))[0]?.id;
    const category = parsed(await send('POST', url(`${path}/categories`), headers, { label }), idSchema).id;
    const state = parsed(await send('POST', url(`${path}/states`), headers, {}), idSchema).id;
    if (work.at) {
      await database.execute('UPDATE labels_category SET created_at = $1 WHERE id = $2', [work.at, category]);
      await database.execute('UPDATE examples_examplestate SET confirmed_at = $1 WHERE id = $2', [work.at, state]);
    }
    return `${example}/${category}`;
  }

  async function reaches(
    person: Credentials,
    kept: Session,
    projectIds: readonly string[],
    ofTool: boolean,
  ): Promise<string[]> {
    const again = await signIn(person);
    const reached = ofTool && again ? ['sign in'] : [];
    for (const headers of [...kept.headers, ...(again?.headers ?? [])]) {
      for (const path of await doors(headers, projectIds, ofTool)) {
        if ((await send('GET', url(path), headers)).status === 200) reached.push(path);
      }
    }
    return reached;
  }

  /** Examples are also tried through other projects that this person is in: doccano does not check that they belong. */
  async function doors(
    headers: Readonly<Record<string, string>>,
    projectIds: readonly string[],
    ofTool: boolean,
  ): Promise<string[]> {
    const paths = ofTool ? ['/me', '/users', '/roles'] : [];
    const list = await send('GET', url('/projects?limit=1000'), headers);
    const mine = list.status === 200 ? parsed(list, z.object({ results: z.array(idSchema) })).results : [];
    for (const projectId of projectIds) {
      const [example] = await tasksOf(projectId);
      for (const door of ['', '/examples', '/members', '/comments', '/download-format', '/metrics/progress']) {
        paths.push(`/projects/${projectId}${door}`);
      }
      paths.push(...[{ id: projectId }, ...mine].map(({ id }) => `/projects/${id}/examples/${example}`));
    }
    return paths;
  }
}

/** People at work in a local doccano, over the calls that its web pages make: for the demonstration and the tests. */
import axios, { type AxiosInstance } from 'axios';
import { z } from 'zod';
import type { LocalPeople, LocalTool, LocalTrainer } from '../../../../adapters/local-tool.ts';

const idSchema = z.object({ id: z.number() });
const idsSchema = z.object({ results: z.array(idSchema) });

/** The admin and the annotators of this instance. */
export function doccanoPeople(tool: LocalTool): LocalPeople {
  return {
    createProject: (title, taskCount) => createProject(session(tool.baseUrl, tool.apiToken), title, taskCount),
    signIn: (account) => signIn(tool.baseUrl, account),
  };
}

function session(baseUrl: string, key?: string): AxiosInstance {
  const headers = key ? { Authorization: `Token ${key}` } : {};
  return axios.create({ baseURL: `${baseUrl}/v1`, headers, maxRedirects: 0, validateStatus: () => true });
}

async function createProject(admin: AxiosInstance, title: string, taskCount: number) {
  const kind = { project_type: 'DocumentClassification', resourcetype: 'TextClassificationProject' };
  const body = { name: title, description: title, guideline: '', tags: [], ...kind };
  const { id } = idSchema.parse(await call(admin, 'POST', '/projects', body));
  await call(admin, 'POST', `/projects/${id}/category-types`, { text: 'good' });
  for (let task = 1; task <= taskCount; task += 1) {
    await call(admin, 'POST', `/projects/${id}/examples`, { text: `Sentence ${task}` });
  }
  return { id: String(id), title };
}

async function signIn(baseUrl: string, account: { email: string; password: string }): Promise<LocalTrainer | null> {
  const body = { username: account.email, password: account.password };
  const { status, data } = await session(baseUrl).post<unknown>('/auth/login/', body);
  if (status !== 200) return null;
  const http = session(baseUrl, z.object({ key: z.string() }).parse(data).key);
  return {
    annotate: (projectId) => annotate(http, projectId),
    withdraw: (annotationId) => withdraw(http, annotationId),
    reaches: (projectId) => reaches(http, projectId),
  };
}

/** Labels and confirms the first example that nobody has confirmed; "project/example/category" names the work. */
async function annotate(http: AxiosInstance, projectId: string): Promise<string> {
  const list = await call(http, 'GET', `/projects/${projectId}/examples?confirmed=false&limit=1`);
  const [example] = idsSchema.parse(list).results;
  if (!example) throw new Error(`project ${projectId} has no example left to label`);
  const path = `/projects/${projectId}/examples/${example.id}`;
  const [type] = z.array(idSchema).parse(await call(http, 'GET', `/projects/${projectId}/category-types`));
  const category = idSchema.parse(await call(http, 'POST', `${path}/categories`, { label: type?.id }));
  await call(http, 'POST', `${path}/states`, {});
  return `${projectId}/${example.id}/${category.id}`;
}

/** Deletes the label, and takes the confirmation back (confirming again does that). */
async function withdraw(http: AxiosInstance, annotationId: string): Promise<void> {
  const [projectId, exampleId, categoryId] = annotationId.split('/');
  const path = `/projects/${projectId}/examples/${exampleId}`;
  await call(http, 'DELETE', `${path}/categories/${categoryId}`);
  await call(http, 'POST', `${path}/states`, {});
}

async function reaches(http: AxiosInstance, projectId: string): Promise<string[]> {
  const doors = {
    'read their own account': '/me',
    'list user names': '/users',
    'list projects': '/projects',
    'read the project': `/projects/${projectId}`,
    'read its examples': `/projects/${projectId}/examples`,
  };
  const open: string[] = [];
  for (const [what, path] of Object.entries(doors)) if ((await http.get(path)).status === 200) open.push(what);
  return open;
}

async function call(http: AxiosInstance, method: string, url: string, body?: unknown): Promise<unknown> {
  const { status, data } = await http.request<unknown>({ method, url, data: body });
  if (status >= 300)
    throw new Error(`${method} ${url} was answered with ${status}: ${JSON.stringify(data).slice(0, 300)}`);
  return data;
}

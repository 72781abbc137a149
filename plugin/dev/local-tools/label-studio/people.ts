/** People at work in a local Label Studio, over the calls that its web pages make: for the demonstration and the tests. */
import type { AxiosInstance } from 'axios';
import { z } from 'zod';
import { ApiClient, toolHttp } from '../../../../adapters/label-studio/api-client.ts';
import { cookiesOf, postForm } from '../../../../adapters/label-studio/html-form.ts';
import { probeReaches } from '../../../../adapters/label-studio/reach.ts';
import type { LocalPeople, LocalTool, LocalTrainer } from '../../../../adapters/local-tool.ts';
import { addPastWork } from './past-work.ts';

const labelConfig =
  '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices></View>';

/** The admin and the trainers of this instance. */
export function labelStudioPeople(tool: LocalTool): LocalPeople {
  return {
    createProject: (title, taskCount) => createProject(tool, title, taskCount),
    signIn: (account) => signIn(tool.baseUrl, account),
    addPastWork: async (work) => addPastWork(tool, work),
  };
}

async function createProject(tool: LocalTool, title: string, taskCount: number) {
  const api = new ApiClient(tool.baseUrl, tool.apiToken);
  const answer = z.object({ id: z.number(), title: z.string() });
  const body = { title, label_config: labelConfig };
  const project = await api.read(answer, { method: 'POST', path: '/api/projects/', body });
  const tasks = Array.from({ length: taskCount }, (_value, index) => ({ text: `Sentence ${index + 1}` }));
  await api.send({ method: 'POST', path: `/api/projects/${project.id}/import`, body: tasks });
  return { id: String(project.id), title: project.title };
}

async function signIn(baseUrl: string, account: { email: string; password: string }): Promise<LocalTrainer | null> {
  const http = await toolHttp(baseUrl);
  const response = await postForm(http, baseUrl, '/user/login/', {}, account);
  if (response.status !== 302) return null;
  const headers = { Cookie: cookiesOf(response) };
  const csrf = /csrftoken=([^;]+)/.exec(headers.Cookie)?.[1] ?? '';
  const session = { http, headers: { ...headers, 'X-CSRFToken': csrf, Referer: baseUrl } };
  return {
    annotate: (projectId, work) => annotate(session, projectId, work.seconds),
    withdraw: async (annotationId) => {
      await call(session, 'DELETE', `/api/annotations/${annotationId}/`);
    },
    reaches: async () => probeReaches(baseUrl, [{ name: 'their session', headers }]),
  };
}

interface Session {
  http: AxiosInstance;
  headers: Record<string, string>;
}

async function annotate(session: Session, projectId: string, seconds: number): Promise<string> {
  const next = await call(session, 'GET', `/api/projects/${projectId}/next`);
  const task = z.object({ id: z.number() }).parse(next);
  const result = [{ id: 'mood-1', from_name: 'mood', to_name: 'text', type: 'choices', value: { choices: ['Good'] } }];
  const created = await call(session, 'POST', `/api/tasks/${task.id}/annotations/?project=${projectId}`, {
    result,
    lead_time: seconds,
  });
  return String(z.object({ id: z.number() }).parse(created).id);
}

async function call(session: Session, method: string, path: string, body?: unknown): Promise<unknown> {
  const { status, data } = await session.http.request<unknown>({
    method,
    url: path,
    data: body,
    headers: session.headers,
  });
  if (status >= 300)
    throw new Error(`${method} ${path} was answered with ${status}: ${JSON.stringify(data).slice(0, 300)}`);
  return data;
}

/** Somebody at work in Label Studio, as their browser or their script would be. */
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { z } from 'zod';

export interface Annotation {
  /** One region for each label. */
  labels: readonly string[];
  /** Seconds. */
  leadTime?: number;
}

/** The headers that say who somebody is: a session's cookies or a token. */
export type Identity = Readonly<Record<string, string>>;

const idSchema = z.object({ id: z.number() });
const tokenSchema = z.object({ token: z.string() });

export class LabelStudioSession {
  readonly http: AxiosInstance;
  readonly identity: Identity;

  constructor(baseUrl: string, identity: Identity) {
    this.identity = identity;
    this.http = axios.create({
      baseURL: baseUrl,
      headers: { ...identity },
      maxRedirects: 0,
      validateStatus: () => true,
      timeout: 30_000,
    });
  }

  /** A session, or null when the sign-in page refuses this person. `headers` are sent from then on too. */
  static async signIn(
    baseUrl: string,
    email: string,
    password: string,
    headers: Identity = {},
  ): Promise<LabelStudioSession | null> {
    const plain = new LabelStudioSession(baseUrl, {}).http;
    const page = await plain.get('/user/login/');
    const hidden = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(String(page.data))?.[1] ?? '';
    const form = new URLSearchParams({ csrfmiddlewaretoken: hidden, email, password });
    const sent = { ...headers, Cookie: cookies(page), Referer: `${baseUrl}/user/login/` };
    const answer = await plain.post('/user/login/', form, { headers: sent });
    if (answer.status !== 302) return null;
    const csrf = /csrftoken=([^;]+)/.exec(cookies(answer))?.[1] ?? '';
    return new LabelStudioSession(baseUrl, {
      ...headers,
      Cookie: cookies(answer),
      'X-CSRFToken': csrf,
      Referer: `${baseUrl}/`,
    });
  }

  /** A session that must come about. */
  static async mustSignIn(baseUrl: string, email: string, password: string): Promise<LabelStudioSession> {
    const session = await LabelStudioSession.signIn(baseUrl, email, password);
    if (!session) throw new Error(`${email} cannot sign in to ${baseUrl}`);
    return session;
  }

  static withLegacyToken(baseUrl: string, token: string): LabelStudioSession {
    return new LabelStudioSession(baseUrl, { Authorization: `Token ${token}` });
  }

  async whoami(): Promise<{ id: number; email: string; first_name: string; last_name: string } | null> {
    const answer = await this.http.get('/api/current-user/whoami');
    if (answer.status !== 200) return null;
    return z
      .object({ id: z.number(), email: z.string(), first_name: z.string(), last_name: z.string() })
      .parse(answer.data);
  }

  async legacyToken(): Promise<string> {
    return tokenSchema.parse(must(await this.http.get('/api/current-user/token'))).token;
  }

  /** A new personal access token: a refresh token. */
  async personalToken(): Promise<string> {
    return tokenSchema.parse(must(await this.http.post('/api/token/', {}))).token;
  }

  /** The access token for a personal access token, or null when it is refused. */
  async refresh(personalToken: string): Promise<string | null> {
    const answer = await this.http.post('/api/token/refresh/', { refresh: personalToken }, { headers: noIdentity });
    return answer.status === 200 ? z.object({ access: z.string() }).parse(answer.data).access : null;
  }

  /** A project for classifying texts, with one task for each text. */
  async createProject(title: string, texts: readonly string[]): Promise<{ projectId: string; taskIds: number[] }> {
    const choices = ['good', 'bad', 'ugly'].map((value) => `<Choice value="${value}"/>`).join('');
    const label_config = `<View><Text name="text" value="$text"/><Choices name="label" toName="text">${choices}</Choices></View>`;
    const { id } = idSchema.parse(must(await this.http.post('/api/projects/', { title, label_config })));
    const tasks = texts.map((text) => ({ text }));
    must(await this.http.post(`/api/projects/${id}/import`, tasks));
    return { projectId: String(id), taskIds: await this.taskIds(id) };
  }

  async taskIds(projectId: number | string): Promise<number[]> {
    const query = { project: projectId, page_size: 1000, fields: 'all' };
    const answer = must(await this.http.get('/api/tasks', { params: query }));
    return z
      .object({ tasks: z.array(idSchema) })
      .parse(answer)
      .tasks.map(({ id }) => id)
      .sort((left, right) => left - right);
  }

  async annotate(taskId: number, annotation: Annotation): Promise<number> {
    return idSchema.parse(must(await this.tryAnnotating(taskId, annotation))).id;
  }

  tryAnnotating(taskId: number, annotation: Annotation): Promise<AxiosResponse<unknown>> {
    return this.http.post(`/api/tasks/${taskId}/annotations/`, body(annotation));
  }

  async skip(taskId: number, leadTime: number): Promise<number> {
    const skipped = { result: [], was_cancelled: true, lead_time: leadTime };
    return idSchema.parse(must(await this.http.post(`/api/tasks/${taskId}/annotations/`, skipped))).id;
  }

  async edit(annotationId: number, annotation: Annotation): Promise<void> {
    must(await this.http.patch(`/api/annotations/${annotationId}/`, body(annotation)));
  }

  async deleteAnnotation(annotationId: number): Promise<void> {
    must(await this.http.delete(`/api/annotations/${annotationId}/`));
  }

  async exportProject(projectId: string): Promise<unknown> {
    return must(await this.http.get(`/api/projects/${projectId}/export`, { params: { exportType: 'JSON' } }));
  }

  async inviteToken(): Promise<string> {
    return tokenSchema.parse(must(await this.http.get('/api/invite'))).token;
  }

  async instructions(projectId: string): Promise<{ expert_instruction: string; show_instruction: boolean }> {
    return z
      .object({ expert_instruction: z.string(), show_instruction: z.boolean() })
      .parse(must(await this.http.get(`/api/projects/${projectId}/`)));
  }
}

const noIdentity = { Cookie: '', Authorization: '' };

function body(annotation: Annotation): unknown {
  const result = annotation.labels.map((label, index) => ({
    id: `region-${index}`,
    from_name: 'label',
    to_name: 'text',
    type: 'choices',
    value: { choices: [label] },
  }));
  return { result, ...(annotation.leadTime === undefined ? {} : { lead_time: annotation.leadTime }) };
}

function must(answer: AxiosResponse<unknown>): unknown {
  if (answer.status < 300) return answer.data;
  const url = `${answer.config.method} ${answer.config.url}`;
  throw new Error(`Label Studio answered ${answer.status} to ${url}: ${JSON.stringify(answer.data).slice(0, 300)}`);
}

function cookies(answer: AxiosResponse<unknown>): string {
  const set = z.array(z.string()).catch([]).parse(answer.headers['set-cookie']);
  return set.map((cookie) => cookie.split(';', 1)[0]).join('; ');
}

/**
 * doccano's HTTP API, as far as the plugin needs it. Measured on 1.8.4: a wrong token is a 403 like missing rights, and an
 * address that does not exist is a 200 with the web page, so bodies decide as much as statuses do.
 */
import type { AxiosInstance } from 'axios';
import { z } from 'zod';
import { messageOf, ToolRefused, ToolUnavailable } from '../errors.ts';
import { httpClient } from '../http-client.ts';
import { refusedInFront, type ToolAnswer } from '../in-front.ts';

/** doccano answers in milliseconds; what takes longer than this is down. */
const timeoutMilliseconds = 15_000;
const pageSize = 100;
const METHOD_NOT_ALLOWED = 405;

export const userSchema = z.object({
  id: z.number().int(),
  username: z.string(),
  is_superuser: z.boolean(),
  is_staff: z.boolean(),
});
export type DoccanoUser = z.infer<typeof userSchema>;

const memberSchema = z.object({ id: z.number().int(), user: z.number().int(), rolename: z.string() });
export type DoccanoMember = z.infer<typeof memberSchema>;

const projectSchema = z.object({ id: z.number().int(), name: z.string(), guideline: z.string() });
export type DoccanoProject = z.infer<typeof projectSchema>;

const datedSchema = z
  .object({ id: z.number().int(), created_at: z.coerce.date() })
  .transform(({ id, created_at }) => ({ id, createdAt: created_at }));
const datedPageSchema = z.object({ results: z.array(datedSchema) });
export type DatedProject = z.infer<typeof datedSchema>;

const pageSchema = z.object({ next: z.string().nullable(), results: z.array(projectSchema) });
const roleSchema = z.object({ id: z.number().int(), name: z.string() });
const detailSchema = z.object({ detail: z.string() });
const fieldErrorsSchema = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

export interface Answer {
  status: number;
  body: unknown;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const tokenRemedy =
  'Set TOOL_API_TOKEN to the key that POST /v1/auth/login/ gives for a superuser of doccano (docs/adapters.md).';
const addressRemedy = 'Check TOOL_BASE_URL: it must be the address of doccano itself, without a path.';

const keySchema = z.object({ key: z.string() });

/** Calls doccano with one token (or none, to sign in). Every method throws ToolUnavailable or ToolRefused. */
export class DoccanoApi {
  readonly #token: string | null;
  #client: Promise<AxiosInstance> | undefined;
  readonly #baseUrl: string;

  constructor(baseUrl: string, token: string | null) {
    this.#baseUrl = baseUrl;
    this.#token = token;
  }

  /** The account that the token belongs to. */
  async me(): Promise<DoccanoUser> {
    return read(await this.call('GET', '/v1/me'), userSchema);
  }

  /** Every account; doccano's list has no e-mail addresses and does not tell who is closed. */
  async users(): Promise<DoccanoUser[]> {
    return read(await this.call('GET', '/v1/users'), z.array(userSchema));
  }

  /** The id of the role with this name. */
  async roleId(name: string): Promise<number> {
    const roles = read(await this.call('GET', '/v1/roles'), z.array(roleSchema));
    const role = roles.find((candidate) => candidate.name === name);
    if (role) return role.id;
    const names = roles.map((candidate) => candidate.name).join(', ');
    throw new ToolRefused(
      `doccano has no role “${name}”${names ? `, only ${names}` : ''}.`,
      'Run `doccano init` once: it makes the three roles. Roles that were renamed are not supported: start doccano without ROLE_ANNOTATOR, ROLE_PROJECT_ADMIN and ROLE_ANNOTATION_APPROVER.',
    );
  }

  /** The projects that the token's account is a member of: doccano lists no others, not even to a superuser. */
  async projects(): Promise<DoccanoProject[]> {
    const found: DoccanoProject[] = [];
    for (let more = true; more; ) {
      const path = `/v1/projects?limit=${pageSize}&offset=${found.length}&ordering=created_at`;
      const page = read(await this.call('GET', path), pageSchema);
      found.push(...page.results);
      more = page.next !== null && page.results.length > 0;
    }
    return found;
  }

  /** The newest projects that the token's account is in, a page at most, each with when it was made. */
  async newestProjects(): Promise<DatedProject[]> {
    return read(await this.call('GET', `/v1/projects?limit=${pageSize}&ordering=-created_at`), datedPageSchema).results;
  }

  /** One project, or null when there is none with this number. */
  async project(projectId: string): Promise<DoccanoProject | null> {
    // Anything but a number would be answered with the web page.
    if (!/^\d{1,18}$/.test(projectId)) return null;
    const answer = await this.call('GET', `/v1/projects/${projectId}`);
    return answer.status === 404 ? null : read(answer, projectSchema);
  }

  /** Replaces the project's guideline (Markdown, shown to annotators). doccano trims white space at both ends. */
  async setGuideline(projectId: string, guideline: string): Promise<void> {
    read(await this.call('PATCH', `/v1/projects/${projectId}`, { guideline }), projectSchema);
  }

  /** Who is a member of the project, or whether this one account is. */
  async members(projectId: string, userId?: number): Promise<DoccanoMember[]> {
    const filter = userId === undefined ? '' : `?user=${userId}`;
    const answer = await this.call('GET', `/v1/projects/${projectId}/members${filter}`);
    return answer.status === 404 ? [] : read(answer, z.array(memberSchema));
  }

  /** The 400 for somebody who is a member already also stands for a project that does not exist: look afterwards. */
  async addMember(projectId: string, userId: number, roleId: number): Promise<void> {
    const answer = await this.call('POST', `/v1/projects/${projectId}/members`, { user: userId, role: roleId });
    if (answer.status !== 400) read(answer, memberSchema);
  }

  /** doccano answers 204 whether or not there was anything to remove, and leaves out the token's own account. */
  async removeMembers(projectId: string, memberIds: readonly number[]): Promise<void> {
    const answer = await this.call('DELETE', `/v1/projects/${projectId}/members`, { ids: memberIds });
    if (answer.status !== 204) throw refusal(answer);
  }

  /** Makes an account: 201, or the 400 that says what is wrong with which field. */
  async createUser(user: { username: string; email: string; password: string }): Promise<Answer> {
    const { username, email, password } = user;
    const answer = await this.call('POST', '/v1/users/create', {
      ...{ username, email, password1: password, password2: password },
    });
    if (answer.status !== 400) read(answer, userSchema);
    return answer;
  }

  /** The account's token, or null when doccano does not let it in. */
  async signIn(username: string, password: string): Promise<string | null> {
    const answer = await this.call('POST', '/v1/auth/login/', { username, password });
    return answer.status === 400 ? null : read(answer, keySchema).key;
  }

  /** Whether accounts can be made at all (since 1.8.1). A GET is a 405 there; in older ones the address is the web page or a 404. */
  async canCreateUsers(): Promise<boolean> {
    return (await this.call('GET', '/v1/users/create')).status === METHOD_NOT_ALLOWED;
  }

  /** The web page's text: its script names tell which build it is. '' where there is no page. */
  async frontPage(): Promise<string> {
    const { status, body } = await this.#exchange('GET', '/');
    return status === 200 && typeof body === 'string' ? body : '';
  }

  /** One call. Answers that mean something to a caller (2xx, 400, 404, 405) are returned, everything else is thrown. */
  async call(method: Method, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#exchange(method, path, body);
    const { status } = answer;
    if (status >= 500 || status === 429) {
      throw new ToolUnavailable(`doccano answered ${status} (${method} ${path}).`);
    }
    const asked = { tool: 'doccano', baseUrl: this.#baseUrl, request: `${method} ${path}` };
    const inFront = refusedInFront(answer, asked);
    if (inFront) throw inFront;
    if ((status >= 200 && status < 300) || [400, 404, METHOD_NOT_ALLOWED].includes(status)) return answer;
    throw refusal(answer);
  }

  async #exchange(method: Method, path: string, body?: unknown): Promise<ToolAnswer> {
    this.#client ??= createClient(this.#baseUrl, this.#token);
    const client = await this.#client;
    try {
      const signal = AbortSignal.timeout(timeoutMilliseconds);
      const response = await client.request<unknown>({ method, url: path, data: body, signal });
      return { status: response.status, body: response.data, headers: response.headers };
    } catch (error) {
      // Axios's own error carries the request's headers, the token among them: pass on its words only.
      throw new ToolUnavailable(`doccano does not answer: ${messageOf(error)} (${method} ${path}).`);
    }
  }
}

async function createClient(baseUrl: string, token: string | null): Promise<AxiosInstance> {
  return httpClient().create({
    baseURL: baseUrl,
    timeout: timeoutMilliseconds,
    maxRedirects: 0,
    // A proxy of the environment would see the token.
    proxy: false,
    validateStatus: () => true,
    headers: { Accept: 'application/json', ...(token === null ? {} : { Authorization: `Token ${token}` }) },
  });
}

/** The words of a 400, field by field: `password1: This password is too common.` */
export function wordsOf(answer: Answer): string {
  const errors = fieldErrorsSchema.safeParse(answer.body);
  if (!errors.success) return `status ${answer.status}`;
  return Object.values(errors.data).flat().join(' ');
}

/** The fields that a 400 complains of, with the words. */
export function fieldErrors(answer: Answer): Readonly<Record<string, string>> {
  const errors = fieldErrorsSchema.safeParse(answer.body).data ?? {};
  return Object.fromEntries(Object.entries(errors).map(([field, words]) => [field, [words].flat().join(' ')]));
}

function read<Schema extends z.ZodType>(answer: Answer, schema: Schema): z.output<Schema> {
  if (answer.status < 200 || answer.status >= 300) throw refusal(answer);
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  if (typeof answer.body === 'string') {
    throw new ToolRefused('The server at TOOL_BASE_URL answers, but not as doccano does.', addressRemedy);
  }
  throw new ToolRefused(
    `doccano answered in a form that the plugin does not know (${parsed.error.issues[0]?.path.join('.') ?? ''}).`,
    'The plugin was measured with doccano 1.8.4: use that version.',
  );
}

function refusal(answer: Answer): ToolRefused {
  const detail = detailSchema.safeParse(answer.body).data?.detail ?? '';
  if (/token|credentials|inactive/i.test(detail)) {
    return new ToolRefused(`doccano does not accept the token: ${detail}`, tokenRemedy);
  }
  if (answer.status === 401 || answer.status === 403) {
    const remedy = `The token's account lacks rights: use a superuser's. ${tokenRemedy}`;
    return new ToolRefused(`doccano refuses: ${detail || answer.status}`, remedy);
  }
  return new ToolRefused(`doccano refuses: ${detail || wordsOf(answer)}`, addressRemedy);
}

/** Calls to Label Studio's HTTP API: one at a time, answered by parsed data or by an error that an admin understands. */
import type { AxiosInstance, AxiosResponse } from 'axios';
import { z } from 'zod';
import { messageOf, ToolRefused, ToolUnavailable } from '../errors.ts';
import { httpClient } from '../http-client.ts';
import { refusedInFront } from '../in-front.ts';
import { type Credentials, legacyCredentials, personalCredentials, type TokenKind, tokenKind } from './api-token.ts';

const timeoutMilliseconds = 30_000;
const errorSchema = z.object({ detail: z.string().optional(), validation_errors: z.unknown().optional() });

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  query?: Readonly<Record<string, string | number>>;
  /** Answers with these statuses are returned; all others above 299 are errors. */
  expect?: readonly number[];
}

export interface ApiAnswer {
  status: number;
  body: unknown;
}

/**
 * Plain HTTP to the tool: no redirects are followed (they would carry credentials), no proxy of the environment is used (the token
 * would pass through it), every status is an answer.
 */
export async function toolHttp(baseUrl: string): Promise<AxiosInstance> {
  return httpClient().create({
    baseURL: baseUrl,
    timeout: timeoutMilliseconds,
    maxRedirects: 0,
    proxy: false,
    validateStatus: () => true,
  });
}

/** In the answer with status 401 while the organization has legacy tokens switched off (1.23.2). */
const SWITCHED_OFF = 'legacy token authentication has been disabled';

/** The token is right, and a member has switched tokens off: every member can. */
export class TokenSwitchedOff extends ToolRefused {
  override name = 'TokenSwitchedOff';
  constructor(message: string) {
    super(
      message,
      'Legacy tokens are switched off: make a personal access token (Account & Settings), or switch them on (Organization, Access Token Settings).',
    );
  }
}

export class ApiClient {
  readonly kind: TokenKind;
  readonly #baseUrl: string;
  #http: Promise<AxiosInstance> | undefined;
  readonly #credentials: Credentials;

  constructor(baseUrl: string, apiToken: string, now?: () => number) {
    this.#baseUrl = baseUrl;
    this.kind = tokenKind(apiToken);
    this.#credentials =
      this.kind === 'legacy' ? legacyCredentials(apiToken) : personalCredentials(() => this.#refresh(apiToken), now);
  }

  /** The answer's body, parsed. Throws {@link ToolUnavailable} or {@link ToolRefused}. */
  async read<Output>(schema: z.ZodType<Output>, request: ApiRequest): Promise<Output> {
    const { body } = await this.send(request);
    return this.parse(schema, request, body);
  }

  /** The body of an answer to this request, parsed. Throws {@link ToolRefused} for what Label Studio would not say. */
  parse<Output>(schema: z.ZodType<Output>, request: ApiRequest, body: unknown): Output {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new ToolRefused(
      `Label Studio's answer to ${request.method} ${request.path} is not what version 1.23 gives.`,
      'Is TOOL_BASE_URL the address of Label Studio itself? The plugin is tested with version 1.23.2.',
    );
  }

  /** One call; with a personal access token, a 401 is tried once more with a new access token. */
  async send(request: ApiRequest): Promise<ApiAnswer> {
    const authorization = await this.#credentials.authorization();
    let response = await this.#exchange(request, authorization);
    if (response.status === 401 && this.#credentials.refused(authorization)) {
      response = await this.#exchange(request, await this.#credentials.authorization());
    }
    if (response.status < 300 || request.expect?.includes(response.status)) {
      return { status: response.status, body: response.data };
    }
    throw this.#failure(request, response);
  }

  async #exchange(request: ApiRequest, authorization: string | undefined): Promise<AxiosResponse<unknown>> {
    this.#http ??= toolHttp(this.#baseUrl);
    const http = await this.#http;
    try {
      return await http.request<unknown>({
        method: request.method,
        url: request.path,
        params: request.query,
        data: request.body,
        headers: authorization === undefined ? {} : { Authorization: authorization },
      });
    } catch (error) {
      throw new ToolUnavailable(`Label Studio at ${this.#baseUrl} does not answer: ${messageOf(error)}.`);
    }
  }

  async #refresh(apiToken: string): Promise<string> {
    const request: ApiRequest = { method: 'POST', path: '/api/token/refresh/', body: { refresh: apiToken } };
    const response = await this.#exchange(request, undefined);
    if (response.status >= 300) throw this.#failure(request, response);
    return this.parse(z.object({ access: z.string() }), request, response.data).access;
  }

  #failure(request: ApiRequest, response: AxiosResponse<unknown>): Error {
    const { status } = response;
    const what = `${request.method} ${request.path}`;
    const detail = detailOf(response.data);
    const { headers, data: body } = response;
    const asked = { tool: 'Label Studio', baseUrl: this.#baseUrl, request: what };
    const inFront = refusedInFront({ status, headers, body }, asked);
    if (inFront) return inFront;
    if (status >= 500 || status === 429)
      return new ToolUnavailable(`Label Studio answered ${status} to ${what}${detail}.`);
    if (status === 401) {
      const message = `Label Studio does not accept TOOL_API_TOKEN${detail}.`;
      return detail.includes(SWITCHED_OFF)
        ? new TokenSwitchedOff(message)
        : new ToolRefused(message, this.#tokenRemedy());
    }
    if (status === 403) {
      return new ToolRefused(
        `Label Studio forbids ${what}${detail}.`,
        'TOOL_API_TOKEN must be a token of the organization’s owner: the first account that was made.',
      );
    }
    return new ToolRefused(
      `Label Studio refused ${what} (${status})${detail}.`,
      'Look at the project or person in Label Studio.',
    );
  }

  #tokenRemedy(): string {
    return this.kind === 'legacy'
      ? 'Copy the token again from Account & Settings of the organization’s owner.'
      : 'Make a new personal access token in Account & Settings of the organization’s owner.';
  }
}

function detailOf(body: unknown): string {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return '';
  const { detail, validation_errors } = parsed.data;
  const text = validation_errors ? JSON.stringify(validation_errors) : detail;
  return text ? `: ${text.replace(/\.$/, '')}` : '';
}

/** OpenTrain's Platform API, one function an operation (contract: "Endpoints"). */
import { z } from 'zod';
import { type OnDrift, readElements, readOrDrift } from './drift.ts';
import { type Answer, type HttpOptions, OpenTrainHttp } from './http.ts';
import {
  type Budget,
  budgetSchema,
  type Contract,
  contractSchema,
  type EventType,
  type Install,
  installSchema,
  type Participant,
  type ProjectLink,
  participantSchema,
  projectLinkSchema,
  type UsageEntry,
  type WebhookEndpoint,
  webhookEndpointSchema,
} from './types.ts';

/** GET /contracts returns at most this many and has no cursor. */
export const CONTRACTS_PAGE = 200;
/** POST usage takes at most this many entries. */
export const USAGE_ENTRIES_PER_CALL = 100;

export interface ContractList extends Answer<Contract[]> {
  /** Nobody is missing from it: it is shorter than its limit, and each of its elements could be read. */
  complete: boolean;
}

export interface NewProjectLink {
  externalProjectId: string;
  externalProjectName?: string;
  externalProjectUrl?: string;
  jobId?: string;
  provisioningMode?: 'PARTNER_WEBHOOK' | 'MANAGED_ADAPTER';
}

const linkAnswer = z.object({ projectLink: projectLinkSchema });
const endpointAnswer = z.object({ webhookEndpoint: webhookEndpointSchema });

export interface ClientOptions extends HttpOptions {
  /** Told of each part of an answer that cannot be read (see drift.ts). */
  onDrift?: OnDrift;
}

const deletedAnswer = z.object({ deleted: z.literal(true) });

/**
 * Every method throws OpenTrainRefused (4xx) or OpenTrainUnavailable. Lists are read element by element: one that cannot be read is
 * told to `onDrift` and left out.
 */
export class OpenTrainClient {
  readonly #http: OpenTrainHttp;
  readonly #onDrift: OnDrift;

  constructor(options: ClientOptions) {
    this.#http = new OpenTrainHttp(options);
    this.#onDrift = (drift) => {
      options.log.warn({ drift }, `contract drift: ${drift.call}: ${drift.path}: ${drift.expected}`);
      options.onDrift?.(drift);
    };
  }

  async currentInstall(): Promise<Install> {
    const answer = z.object({ install: installSchema });
    return (await this.#get('/installs/current', answer)).value.install;
  }

  /** Every link of this install: the list is not paginated. */
  async projectLinks(): Promise<Answer<ProjectLink[]>> {
    return this.#list('/project-links', 'projectLinks', projectLinkSchema);
  }

  /** Null: the link is there, and cannot be read. */
  async projectLink(linkId: string): Promise<ProjectLink | null> {
    const path = `/project-links/${encodeURIComponent(linkId)}`;
    const { value } = await this.#get(path, z.object({ projectLink: z.unknown() }));
    const at = { call: 'GET /project-links/{linkId}', path: 'projectLink' };
    return readOrDrift(projectLinkSchema, value.projectLink, at, this.#onDrift);
  }

  async createProjectLink(link: NewProjectLink): Promise<ProjectLink> {
    return (await this.#post('/project-links', link, linkAnswer, false)).projectLink;
  }

  async deleteProjectLink(linkId: string): Promise<void> {
    await this.#delete(`/project-links/${encodeURIComponent(linkId)}`);
  }

  /** The newest contracts (at most {@link CONTRACTS_PAGE}): who is missing from the list may still be under contract. */
  async contracts(query: { projectLinkId?: string; status?: 'active' | 'ended' }): Promise<ContractList> {
    const answer = await this.#list('/contracts', 'contracts', contractSchema, { ...query, limit: CONTRACTS_PAGE });
    return { ...answer, complete: answer.unread === 0 && answer.value.length < CONTRACTS_PAGE };
  }

  async participants(contractId: string): Promise<Answer<Participant[]>> {
    const path = `/contracts/${encodeURIComponent(contractId)}/participants`;
    return this.#list(path, 'participants', participantSchema);
  }

  /** Null: there is a budget, and it cannot be read. */
  async budget(contractId: string): Promise<Budget | null> {
    const { value } = await this.#get(`/contracts/${encodeURIComponent(contractId)}/budget`, z.looseObject({}));
    const at = { call: 'GET /contracts/{contractId}/budget', path: 'budget' };
    return readOrDrift(budgetSchema, value.budget ?? value, at, this.#onDrift);
  }

  /**
   * Submits cumulative totals: each entry replaces what is stored for its (worker, day), so a repeated call is harmless. A call that
   * OpenTrain answered with 2xx is accepted, whatever can be read of the answer.
   */
  async submitUsage(contractId: string, entries: UsageEntry[]): Promise<{ accepted: number; budget: Budget | null }> {
    const answer = z.object({ accepted: z.number().catch(entries.length), budget: z.unknown() });
    const value = await this.#post(`/contracts/${encodeURIComponent(contractId)}/usage`, { entries }, answer, true);
    const at = { call: 'POST /contracts/{contractId}/usage', path: 'budget' };
    const missing = value.budget === null || value.budget === undefined;
    const budget = missing ? null : readOrDrift(budgetSchema, value.budget, at, this.#onDrift);
    return { accepted: value.accepted, budget };
  }

  async createWebhookEndpoint(
    url: string,
    eventTypes: readonly EventType[],
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const answer = endpointAnswer.extend({ secret: z.string().min(1) });
    const value = await this.#post('/webhook-endpoints', { url, eventTypes }, answer, false);
    return { endpoint: value.webhookEndpoint, secret: value.secret };
  }

  async webhookEndpoints(): Promise<WebhookEndpoint[]> {
    return (await this.#list('/webhook-endpoints', 'webhookEndpoints', webhookEndpointSchema)).value;
  }

  async updateWebhookEndpoint(
    endpointId: string,
    change: { url?: string; eventTypes?: readonly EventType[]; status?: 'ACTIVE' | 'DISABLED' },
  ): Promise<WebhookEndpoint> {
    const { value } = await this.#http.send({
      method: 'PATCH',
      path: `/webhook-endpoints/${encodeURIComponent(endpointId)}`,
      body: change,
      answer: endpointAnswer,
      repeatable: true,
    });
    return value.webhookEndpoint;
  }

  async deleteWebhookEndpoint(endpointId: string): Promise<void> {
    await this.#delete(`/webhook-endpoints/${encodeURIComponent(endpointId)}`);
  }

  /** Asks for one delivery again, or (without an id) for every failed one. Returns how many were requeued. */
  async redeliver(endpointId: string, deliveryId?: string): Promise<number> {
    const answer = z.object({ requeued: z.number().default(0) });
    const path = `/webhook-endpoints/${encodeURIComponent(endpointId)}/redeliver`;
    return (await this.#post(path, deliveryId ? { deliveryId } : {}, answer, true)).requeued;
  }

  async #list<Schema extends z.ZodType>(
    path: string,
    field: string,
    schema: Schema,
    query: Record<string, string | number | undefined> = {},
  ): Promise<Answer<z.output<Schema>[]> & { unread: number }> {
    const answer = z.looseObject({ [field]: z.array(z.unknown()) });
    const { value, asOf } = await this.#get(path, answer, query);
    const at = { call: `GET ${path}`, path: field };
    const elements = z.array(z.unknown()).parse(value[field]);
    const read = readElements(schema, elements, at, this.#onDrift);
    return { value: read, asOf, unread: elements.length - read.length };
  }

  #get<Schema extends z.ZodType>(
    path: string,
    answer: Schema,
    query: Record<string, string | number | undefined> = {},
  ) {
    return this.#http.send({ method: 'GET', path, query, answer, repeatable: true });
  }

  async #post<Schema extends z.ZodType>(path: string, body: unknown, answer: Schema, repeatable: boolean) {
    return (await this.#http.send({ method: 'POST', path, body, answer, repeatable })).value;
  }

  async #delete(path: string): Promise<void> {
    await this.#http.send({ method: 'DELETE', path, answer: deletedAnswer, repeatable: true });
  }
}

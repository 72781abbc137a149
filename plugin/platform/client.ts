/** OpenTrain's Platform API, one function an operation (contract: "Endpoints"). */
import { z } from 'zod';
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

export interface NewProjectLink {
  externalProjectId: string;
  externalProjectName?: string;
  externalProjectUrl?: string;
  jobId?: string;
  provisioningMode?: 'PARTNER_WEBHOOK' | 'MANAGED_ADAPTER';
}

const linkAnswer = z.object({ projectLink: projectLinkSchema });
const endpointAnswer = z.object({ webhookEndpoint: webhookEndpointSchema });

/** Every method throws OpenTrainRefused (4xx) or OpenTrainUnavailable. */
export class OpenTrainClient {
  readonly #http: OpenTrainHttp;

  constructor(options: HttpOptions) {
    this.#http = new OpenTrainHttp(options);
  }

  async currentInstall(): Promise<Install> {
    const answer = z.object({ install: installSchema });
    return (await this.#get('/installs/current', answer)).value.install;
  }

  /** Every link of this install: the list is not paginated. */
  async projectLinks(): Promise<Answer<ProjectLink[]>> {
    const { value, asOf } = await this.#get('/project-links', z.object({ projectLinks: z.array(projectLinkSchema) }));
    return { value: value.projectLinks, asOf };
  }

  async projectLink(linkId: string): Promise<ProjectLink> {
    return (await this.#get(`/project-links/${encodeURIComponent(linkId)}`, linkAnswer)).value.projectLink;
  }

  async createProjectLink(link: NewProjectLink): Promise<ProjectLink> {
    return (await this.#post('/project-links', link, linkAnswer, false)).projectLink;
  }

  async deleteProjectLink(linkId: string): Promise<void> {
    await this.#delete(`/project-links/${encodeURIComponent(linkId)}`);
  }

  /** The newest contracts (at most {@link CONTRACTS_PAGE}): who is missing from the list may still be under contract. */
  async contracts(query: { projectLinkId?: string; status?: 'active' | 'ended' }): Promise<Answer<Contract[]>> {
    const answer = z.object({ contracts: z.array(contractSchema) });
    const { value, asOf } = await this.#get('/contracts', answer, { ...query, limit: CONTRACTS_PAGE });
    return { value: value.contracts, asOf };
  }

  async participants(contractId: string): Promise<Answer<Participant[]>> {
    const answer = z.object({ participants: z.array(participantSchema) });
    const { value, asOf } = await this.#get(`/contracts/${encodeURIComponent(contractId)}/participants`, answer);
    return { value: value.participants, asOf };
  }

  async budget(contractId: string): Promise<Budget> {
    const answer = z.union([budgetSchema, z.object({ budget: budgetSchema }).transform(({ budget }) => budget)]);
    return (await this.#get(`/contracts/${encodeURIComponent(contractId)}/budget`, answer)).value;
  }

  /** Reports cumulative totals: each entry replaces what is stored for its (worker, day), so a repeated call is harmless. */
  async submitUsage(contractId: string, entries: UsageEntry[]): Promise<{ accepted: number; budget: Budget | null }> {
    const answer = z.object({ accepted: z.number().default(entries.length), budget: budgetSchema.nullish() });
    const value = await this.#post(`/contracts/${encodeURIComponent(contractId)}/usage`, { entries }, answer, true);
    return { accepted: value.accepted, budget: value.budget ?? null };
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
    const answer = z.object({ webhookEndpoints: z.array(webhookEndpointSchema) });
    return (await this.#get('/webhook-endpoints', answer)).value.webhookEndpoints;
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
    await this.#http.send({ method: 'DELETE', path, answer: z.unknown(), repeatable: true });
  }
}

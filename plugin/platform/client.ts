/** OpenTrain's Platform API, one function an operation of operations.ts (contract: "Endpoints"). */
import { z } from 'zod';
import { type OnDrift, readElements, readOrDrift } from './drift.ts';
import { type Answer, type HttpOptions, OpenTrainHttp } from './http.ts';
import { type Operation, operations } from './operations.ts';
import {
  type Budget,
  budgetSchema,
  type Contract,
  type EventType,
  type Install,
  type Participant,
  type ProjectLink,
  projectLinkSchema,
  type UsageEntry,
  type WebhookEndpoint,
} from './types.ts';

/** GET /contracts returns at most this many and has no cursor. */
export const CONTRACTS_PAGE = 200;
/** POST usage takes at most this many entries. */
export const USAGE_ENTRIES_PER_CALL = 100;

export interface ContractList extends Answer<Contract[]> {
  /** Nobody is missing from it: it is shorter than its limit, and each of its elements could be read. */
  complete: boolean;
}

export type NewProjectLink = z.input<typeof operations.createProjectLink.body>;
type EndpointChange = z.input<typeof operations.updateWebhookEndpoint.body>;

export interface ClientOptions extends HttpOptions {
  /** Told of each part of an answer that cannot be read (see drift.ts). */
  onDrift?: OnDrift;
}

interface Request {
  /** The one id in the path. */
  id?: string;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
}

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
    return (await this.#call(operations.currentInstall)).install;
  }

  /** Every link of this install: the list is not paginated. */
  async projectLinks(): Promise<Answer<ProjectLink[]>> {
    return this.#list(operations.listProjectLinks, 'projectLinks');
  }

  /** Null: the link is there, and cannot be read. */
  async projectLink(linkId: string): Promise<ProjectLink | null> {
    const operation = operations.getProjectLink;
    const { value } = await this.#send(operation, z.object({ projectLink: z.unknown() }), { id: linkId });
    return readOrDrift(projectLinkSchema, value.projectLink, placeIn(operation, 'projectLink'), this.#onDrift);
  }

  async createProjectLink(link: NewProjectLink): Promise<ProjectLink> {
    return (await this.#call(operations.createProjectLink, { body: link })).projectLink;
  }

  async deleteProjectLink(linkId: string): Promise<void> {
    await this.#call(operations.deleteProjectLink, { id: linkId });
  }

  /** The newest contracts (at most {@link CONTRACTS_PAGE}): who is missing from the list may still be under contract. */
  async contracts(query: { projectLinkId?: string; status?: 'active' | 'ended' }): Promise<ContractList> {
    const answer = await this.#list(operations.listContracts, 'contracts', {
      query: { ...query, limit: CONTRACTS_PAGE },
    });
    return { ...answer, complete: answer.unread === 0 && answer.value.length < CONTRACTS_PAGE };
  }

  async participants(contractId: string): Promise<Answer<Participant[]>> {
    return this.#list(operations.listParticipants, 'participants', { id: contractId });
  }

  /** Null: there is a budget, and it cannot be read. */
  async budget(contractId: string): Promise<Budget | null> {
    const operation = operations.getBudget;
    const { value } = await this.#send(operation, z.looseObject({}), { id: contractId });
    return readOrDrift(operation.answer, value.budget ?? value, placeIn(operation, 'budget'), this.#onDrift);
  }

  /**
   * Submits cumulative totals: each entry replaces what is stored for its (worker, day), so a repeated call is harmless. A call that
   * OpenTrain answered with 2xx is accepted, whatever can be read of the answer.
   */
  async submitUsage(contractId: string, entries: UsageEntry[]): Promise<{ accepted: number; budget: Budget | null }> {
    const operation = operations.submitUsage;
    const answer = z.object({ accepted: z.number().catch(entries.length), budget: z.unknown() });
    const { value } = await this.#send(operation, answer, { id: contractId, body: { entries } });
    const missing = value.budget === null || value.budget === undefined;
    const at = placeIn(operation, 'budget');
    const budget = missing ? null : readOrDrift(budgetSchema, value.budget, at, this.#onDrift);
    return { accepted: value.accepted, budget };
  }

  async createWebhookEndpoint(
    url: string,
    eventTypes: readonly EventType[],
  ): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const value = await this.#call(operations.createWebhookEndpoint, { body: { url, eventTypes } });
    return { endpoint: value.webhookEndpoint, secret: value.secret };
  }

  async webhookEndpoints(): Promise<WebhookEndpoint[]> {
    return (await this.#list(operations.listWebhookEndpoints, 'webhookEndpoints')).value;
  }

  async updateWebhookEndpoint(
    endpointId: string,
    change: Omit<EndpointChange, 'eventTypes'> & { eventTypes?: readonly EventType[] },
  ): Promise<WebhookEndpoint> {
    return (await this.#call(operations.updateWebhookEndpoint, { id: endpointId, body: change })).webhookEndpoint;
  }

  async deleteWebhookEndpoint(endpointId: string): Promise<void> {
    await this.#call(operations.deleteWebhookEndpoint, { id: endpointId });
  }

  /** Asks for one delivery again, or (without an id) for every failed one. Returns how many were requeued. */
  async redeliver(endpointId: string, deliveryId?: string): Promise<number> {
    const body = deliveryId ? { deliveryId } : {};
    return (await this.#call(operations.redeliver, { id: endpointId, body })).requeued;
  }

  async #list<Field extends string, Element extends z.ZodType>(
    operation: Operation & { answer: { shape: Record<Field, z.ZodArray<Element>> } },
    field: Field,
    request: Request = {},
  ): Promise<Answer<z.output<Element>[]> & { unread: number }> {
    const { value, asOf } = await this.#send(operation, z.looseObject({ [field]: z.array(z.unknown()) }), request);
    const elements = z.array(z.unknown()).parse(value[field]);
    const schema = operation.answer.shape[field].element;
    const read = readElements(schema, elements, placeIn(operation, field), this.#onDrift);
    return { value: read, asOf, unread: elements.length - read.length };
  }

  async #call<Schema extends z.ZodObject>(operation: Operation & { answer: Schema }, request: Request = {}) {
    return (await this.#send<Schema>(operation, operation.answer, request)).value;
  }

  /** Sends the operation; `answer` is what must be readable for the call to count as answered. */
  #send<Schema extends z.ZodType>(
    { method, path, repeatable, scope }: Operation,
    answer: Schema,
    { id = '', query = {}, body }: Request,
  ): Promise<Answer<z.output<Schema>>> {
    const filled = path.replace(/\{\w+\}/, () => encodeURIComponent(id));
    return this.#http.send({ method, path: filled, query, body, answer, repeatable, scope });
  }
}

function placeIn({ method, path }: Operation, field: string): { call: string; path: string } {
  return { call: `${method} ${path}`, path: field };
}

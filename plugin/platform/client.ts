/** OpenTrain's Platform API, one function an operation of operations.ts (contract: "Endpoints"). */
import { z } from 'zod';
import { type OnDrift, readElements, readOrDrift } from './drift.ts';
import { AnswerUnreadable } from './errors.ts';
import { type Answer, type HttpOptions, OpenTrainHttp } from './http.ts';
import { type Operation, operations } from './operations.ts';
import {
  type Budget,
  budgetSchema,
  type Contract,
  type EventType,
  type Install,
  installSchema,
  type Participant,
  type ProjectLink,
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
 * Every method throws OpenTrainRefused (4xx) or OpenTrainUnavailable, those that make something also AnswerUnreadable. Lists are read element by element: one that cannot be read is
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

  /** Null: OpenTrain takes the token, and what it says of the install cannot be read. */
  async currentInstall(): Promise<Install | null> {
    const operation = operations.currentInstall;
    const { value } = await this.#send(operation, z.object({ install: z.unknown() }), {});
    return readOrDrift(installSchema, value.install, placeIn(operation, 'install'), this.#onDrift);
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
    const operation = operations.createProjectLink;
    const { value } = await this.#send(operation, z.object({ projectLink: z.unknown() }), { body: link });
    return this.#needed(operation, 'projectLink', projectLinkSchema, value.projectLink);
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
    const operation = operations.createWebhookEndpoint;
    const answer = z.object({ webhookEndpoint: z.unknown(), secret: z.unknown() });
    const { value } = await this.#send(operation, answer, { body: { url, eventTypes } });
    return {
      endpoint: this.#needed(operation, 'webhookEndpoint', webhookEndpointSchema, value.webhookEndpoint),
      secret: this.#needed(operation, 'secret', operation.answer.shape.secret, value.secret),
    };
  }

  /** `unread`: how many more there are that cannot be read. */
  async webhookEndpoints(): Promise<{ value: WebhookEndpoint[]; unread: number }> {
    return this.#list(operations.listWebhookEndpoints, 'webhookEndpoints');
  }

  /** Null: it was changed, and what OpenTrain says of it cannot be read. */
  async updateWebhookEndpoint(
    endpointId: string,
    change: Omit<EndpointChange, 'eventTypes'> & { eventTypes?: readonly EventType[] },
  ): Promise<WebhookEndpoint | null> {
    const operation = operations.updateWebhookEndpoint;
    const answer = z.object({ webhookEndpoint: z.unknown() });
    const { value } = await this.#send(operation, answer, { id: endpointId, body: change });
    const at = placeIn(operation, 'webhookEndpoint');
    return readOrDrift(webhookEndpointSchema, value.webhookEndpoint, at, this.#onDrift);
  }

  async deleteWebhookEndpoint(endpointId: string): Promise<void> {
    await this.#call(operations.deleteWebhookEndpoint, { id: endpointId });
  }

  /** Asks for one delivery again, or (without an id) for every failed one. Returns how many were requeued. */
  async redeliver(endpointId: string, deliveryId?: string): Promise<number> {
    const body = deliveryId ? { deliveryId } : {};
    return (await this.#call(operations.redeliver, { id: endpointId, body })).requeued;
  }

  /** A part of an answer without which the call was for nothing. Throws {@link AnswerUnreadable}. */
  #needed<Schema extends z.ZodType>(operation: Operation, field: string, schema: Schema, value: unknown) {
    const read = readOrDrift(schema, value, placeIn(operation, field), this.#onDrift);
    if (read === null) throw new AnswerUnreadable(`${operation.method} ${operation.path}`);
    return read;
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

/**
 * The tool, served at GATEWAY_PUBLIC_URL. Whoever is no trainer passes unchanged; a trainer's request passes when a rule of the adapter
 * allows it and it concerns a project that is theirs at this moment.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ToolUnavailable } from '../../adapters/errors.ts';
import type { Asker, GatewayRules, Whereabouts } from '../../adapters/gateway.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { Attempts } from './attempts.ts';
import { type Credential, credentialsOf, renewedCredential, withoutCredentials } from './credentials.ts';
import { type Decision, decide, type GatewayRequest } from './decide.ts';
import { failureOf } from './failure.ts';
import { sendFiltered } from './filter-answer.ts';
import { Forwarder } from './forward.ts';
import { type Account, Identities } from './identities.ts';
import { KnownDatabase } from './known-database.ts';
import { placesOf, type TrainerPlaces } from './places.ts';
import { readJson } from './read-body.ts';
import { type Refusal, sendRefusal } from './refusal-page.ts';
import { readPath, splitTarget, writeTarget } from './request.ts';
import { matchPath, matchRule } from './routes.ts';
import { WhereaboutsOfThings } from './whereabouts.ts';

/** A trainer's annotation with painted regions is some megabytes. */
const MOST_BODY_BYTES = 16 * 1024 * 1024;

export interface GatewayOptions {
  /** GATEWAY_PUBLIC_URL. */
  publicUrl: string;
  rules: GatewayRules;
}

type Parts = Pick<PluginContext, 'database' | 'settings' | 'clock' | 'log' | 'tool'>;

/** Everybody who shows a credential that the tool knows, and the trainers among them. */
interface Askers {
  accounts: Account[];
  trainers: (TrainerPlaces & { account: Account })[];
  credentials: Credential[];
}

export class Gateway {
  readonly #parts: Parts;
  readonly #options: GatewayOptions;
  readonly #basePath: string;
  readonly #identities: Identities;
  readonly #knownDatabase: KnownDatabase;
  readonly #whereabouts: WhereaboutsOfThings;
  readonly #attempts: Attempts;
  readonly #forwarder: Forwarder;

  constructor(parts: Parts, options: GatewayOptions) {
    const { settings } = parts;
    const { rules, publicUrl } = options;
    this.#parts = parts;
    this.#options = options;
    this.#basePath = new URL(publicUrl).pathname.replace(/\/$/, '');
    this.#identities = new Identities({ baseUrl: settings.tool.baseUrl, rule: rules.whoami, clock: parts.clock });
    this.#knownDatabase = new KnownDatabase(parts);
    this.#whereabouts = new WhereaboutsOfThings(parts);
    this.#attempts = new Attempts(parts);
    this.#forwarder = new Forwarder({
      ...{ toolUrl: settings.tool.baseUrl, toolPublicUrl: settings.tool.publicUrl, publicUrl },
      trustsForwardedProto: rules.trustsForwardedProto,
    });
  }

  /** Answers one request; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call: Call = { request, response, method: request.method ?? 'GET', shown: '' };
    try {
      await this.#answer(call);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  /**
   * Passes a web socket on, or refuses it. None of a trainer's: what goes through it could not be filtered, and neither could the answer of a
   * tool that answers as if nobody had asked for one.
   */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const refuse = (): void => void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    const { rules } = this.#options;
    try {
      const target = this.#targetOf(request);
      const path = target && readPath(target.path);
      if (!target || !path) return refuse();
      const { accounts, trainers } = await this.#askers(request);
      const [trainer] = trainers;
      if (trainer) {
        const { trainerId, workEmail } = trainer;
        const what = `web socket ${target.path.slice(0, 200)}`;
        this.#attempts.note({ reason: 'unknown-route', trainerId, workEmail, projectId: null, what });
        return refuse();
      }
      const isNobody = accounts.length === 0;
      if (isNobody && rules.closedToNobody.some((closed) => matchPath(closed, path.segments))) return refuse();
      const headers = isNobody ? withoutCredentials(request.headers, rules.whoami) : request.headers;
      this.#forwarder.socket(request, socket, head, { target: target.raw, headers, failed: () => socket.destroy() });
    } catch (error) {
      this.#parts.log.warn({ error: messageOf(error) }, 'a web socket was not passed on');
      socket.destroy();
    }
  }

  async close(): Promise<void> {
    this.#forwarder.close();
    await this.#attempts.flush();
  }

  async #answer(call: Call): Promise<void> {
    const { request, method } = call;
    const { rules } = this.#options;
    const target = this.#targetOf(request);
    const path = target && readPath(target.path);
    if (!target || !path)
      return this.#refuse(call, 'malformed', 'The address could be read in more than one way.', null);
    call.shown = `${method} ${target.path.slice(0, 200)}`;
    const open = matchRule(rules.rules, method, path.segments);
    if (open?.rule.open === 'everybody') return this.#pass(call, { target: target.raw, headers: request.headers });
    const askers = await this.#askers(request);
    const [trainer] = askers.trainers;
    if (askers.accounts.length === 0) {
      if (rules.closedToNobody.some((closed) => matchPath(closed, path.segments))) {
        return this.#refuse(call, 'unknown-route', 'Accounts are made by invitation only.', null);
      }
      return this.#pass(call, { target: target.raw, headers: withoutCredentials(request.headers, rules.whoami) });
    }
    const changesWho = rules.whoami.changedBy.some((changing) => matchPath(changing, path.segments));
    const renew = changesWho ? undefined : this.#renewal(askers);
    if (!trainer) return this.#pass(call, { target: target.raw, headers: request.headers, ...renew });
    if (askers.accounts.length > 1) {
      return this.#refuse(call, 'malformed', 'The request shows the credentials of two people.', trainer);
    }
    await this.#answerTrainer(call, target, trainer, renew);
  }

  async #answerTrainer(call: Call, target: Target, trainer: Trainer, renew: Renewal | undefined): Promise<void> {
    const { request, method } = call;
    const hasBody =
      request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
    const asked: GatewayRequest = { method, path: target.path, query: target.query, hasBody };
    const asker = askerOf(trainer);
    const decision = await this.#decide(request, asked, asker);
    if (decision.value === 'refuse')
      return this.#refuse(call, decision.reason, decision.why, trainer, decision.projectId);
    if (decision.value !== 'pass')
      return this.#refuse(call, 'not-allowed', 'The body is too large, or no JSON.', trainer);
    const { rule, path, query, body } = decision;
    this.#pass(call, {
      target: writeTarget(path, query),
      headers: request.headers,
      ...renew,
      ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      ...(rule.answer && method !== 'HEAD' ? { filter: (answer) => rule.answer?.(answer, asker) } : {}),
    });
  }

  /** Asks the rules, and finds out what they want to know. */
  async #decide(request: IncomingMessage, asked: GatewayRequest, asker: Asker): Promise<Decision> {
    const known = new Map<string, Whereabouts | null>();
    let current = asked;
    for (;;) {
      const decision = decide(this.#options.rules, current, asker, known);
      if (decision.value === 'look-up') {
        for (const [key, where] of await this.#whereabouts.find(decision.things)) known.set(key, where);
      } else if (decision.value === 'read-body') {
        const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
        if (!isJson || request.headers['content-encoding'] !== undefined) return decision;
        const read = await readJson(request, MOST_BODY_BYTES);
        if (read.value !== 'read') return decision;
        current = { ...current, body: read.body };
      } else return decision;
    }
  }

  /** Throws when the tool's database is another one: accounts' numbers mean other people there. */
  async #askers(request: IncomingMessage): Promise<Askers> {
    const credentials = credentialsOf(request.headers, this.#options.rules.whoami);
    const found = await Promise.all(credentials.map((credential) => this.#identities.whose(credential)));
    const accounts = [
      ...new Map(found.filter((account) => account !== null).map((one) => [one.toolUserId, one])).values(),
    ];
    if (accounts.length > 0) await this.#knownDatabase.insist();
    const trainers: Askers['trainers'] = [];
    for (const account of accounts) {
      const places = await placesOf(this.#parts, account);
      if (places) trainers.push({ ...places, account });
    }
    return { accounts, trainers, credentials };
  }

  /** What to learn from an answer: the tool may replace a session's cookie with every answer. */
  #renewal({ accounts, credentials }: Askers): Renewal | undefined {
    const [account, ...others] = accounts;
    if (!account || others.length > 0 || credentials.length !== 1) return undefined;
    return {
      seen: (answer) => {
        if ((answer.statusCode ?? 500) >= 400) return;
        const renewed = renewedCredential(answer.headers['set-cookie'], this.#options.rules.whoami);
        if (renewed) this.#identities.renewed(renewed, account);
      },
    };
  }

  #targetOf(request: IncomingMessage): Target | null {
    const url = request.url ?? '';
    if (this.#basePath && url !== this.#basePath && !/^[/?]/.test(url.slice(this.#basePath.length))) return null;
    if (!url.startsWith(this.#basePath)) return null;
    const below = url.slice(this.#basePath.length);
    const raw = below.startsWith('/') ? below : `/${below}`;
    const split = splitTarget(raw);
    return split && { raw, ...split };
  }

  #pass(call: Call, { target, headers, body, filter, seen }: Passed): void {
    const { request, response } = call;
    this.#forwarder.web(request, response, {
      ...{ target, headers, failed: (error: Error) => this.#fail(call, new ToolUnavailable(messageOf(error))) },
      ...(body ? { body } : {}),
      ...(seen ? { seen } : {}),
      ...(filter ? { take: (answer: IncomingMessage) => void this.#sendFiltered(call, answer, filter) } : {}),
    });
  }

  async #sendFiltered(call: Call, answer: IncomingMessage, filter: (body: unknown) => unknown): Promise<void> {
    try {
      if (await sendFiltered(answer, call.response, filter)) return;
      this.#parts.log.error(
        { request: call.shown },
        'an answer of the tool could not be filtered, and was not handed on',
      );
      this.#fail(call, new Error('the answer cannot be filtered'));
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #refuse(
    call: Call,
    reason: (Decision & { value: 'refuse' })['reason'],
    why: string,
    trainer: Trainer | null,
    projectId: string | null = null,
  ): void {
    const { trainerId = null, workEmail = null } = trainer ?? {};
    this.#attempts.note({ reason, trainerId, workEmail, projectId, what: call.shown || call.method });
    const status = reason === 'malformed' ? 400 : 403;
    const title = reason === 'no-access' ? 'You have no project here now' : 'This is not open to you';
    const message = reason === 'no-access' ? NO_ACCESS : `${why} Your work is in the projects that you were hired for.`;
    sendRefusal(call.request, call.response, this.#refusal(status, title, message, trainer));
  }

  #refusal(status: number, title: string, message: string, trainer: Trainer | null): Refusal {
    const { rules, publicUrl } = this.#options;
    const links = [...(trainer?.projects ?? [])].slice(0, 20).map((id) => {
      return { text: `Project ${id}`, url: publicUrl + rules.projectPath(id) };
    });
    return { status, title, message, links, json: rules.refusal(status, message) };
  }

  #fail(call: Call, error: unknown): void {
    const { request, response } = call;
    this.#parts.log.warn({ request: call.shown, error: messageOf(error) }, 'the gateway could not pass a request on');
    const { status, title, message } = failureOf(error);
    sendRefusal(request, response, this.#refusal(status, title, message, null));
  }
}

const NO_ACCESS =
  'Your contract has ended, or it has not begun. If you think that this is wrong, ask whoever hired you on OpenTrain.';

type Trainer = Askers['trainers'][number];

interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  method: string;
  /** For the log: method and path, without the query. */
  shown: string;
}

interface Target {
  /** Below the base path, as it was sent. */
  raw: string;
  path: string;
  query: URLSearchParams;
}

interface Renewal {
  seen: (answer: IncomingMessage) => void;
}

interface Passed extends Partial<Renewal> {
  target: string;
  headers: IncomingMessage['headers'];
  body?: Buffer;
  filter?: (answer: unknown) => unknown;
}

function askerOf({ account, projects }: Trainer): Asker {
  return { toolUserId: account.toolUserId, projects };
}

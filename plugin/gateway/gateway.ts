/**
 * The tool, served at GATEWAY_PUBLIC_URL. Whoever is no trainer passes unchanged; a trainer's request passes when a rule of the adapter
 * allows it and it concerns a project that is theirs at this moment.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { ToolUnavailable } from '../../adapters/errors.ts';
import type { GatewayRules } from '../../adapters/gateway.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { Attempts } from './attempts.ts';
import { renewedCredential, withoutCredentials } from './credentials.ts';
import { failureOf } from './failure.ts';
import { sendFiltered } from './filter-answer.ts';
import { Forwarder } from './forward.ts';
import type { Account } from './identities.ts';
import { Judge, type Refused } from './judge.ts';
import { type Refusal, sendRefusal } from './refusal-page.ts';
import { readTarget, type Target } from './request.ts';
import { matchPath, matchRule } from './routes.ts';
import { type Shown, type Trainer, WhoAsks } from './who-asks.ts';

export interface GatewayOptions {
  /** GATEWAY_PUBLIC_URL. */
  publicUrl: string;
  rules: GatewayRules;
}

type Parts = Pick<PluginContext, 'database' | 'settings' | 'clock' | 'log' | 'tool'>;

export class Gateway {
  readonly #parts: Parts;
  readonly #options: GatewayOptions;
  readonly #basePath: string;
  readonly #whoAsks: WhoAsks;
  readonly #judge: Judge;
  readonly #attempts: Attempts;
  readonly #forwarder: Forwarder;

  constructor(parts: Parts, options: GatewayOptions) {
    const { settings } = parts;
    const { rules, publicUrl } = options;
    this.#parts = parts;
    this.#options = options;
    this.#basePath = new URL(publicUrl).pathname.replace(/\/$/, '');
    this.#whoAsks = new WhoAsks(parts, rules);
    this.#judge = new Judge(parts, rules, this.#whoAsks);
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
      const target = readTarget(request.url ?? '', this.#basePath);
      if (!target) return refuse();
      const { accounts } = await this.#whoAsks.shownBy(request.headers);
      const [trainer] = await this.#whoAsks.trainersAmong(accounts);
      if (trainer) {
        const { trainerId, workEmail } = trainer;
        const what = `web socket ${target.path.slice(0, 200)}`;
        this.#attempts.note({ reason: 'unknown-route', trainerId, workEmail, projectId: null, what });
        return refuse();
      }
      const isNobody = accounts.length === 0;
      if (isNobody && isOneOf(rules.closedToNobody, target)) return refuse();
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
    const { request } = call;
    const { rules } = this.#options;
    const target = readTarget(request.url ?? '', this.#basePath);
    if (!target)
      return this.#refuse(call, { reason: 'malformed', why: 'The address could be read in more than one way.' });
    call.shown = `${call.method} ${target.path.slice(0, 200)}`;
    const rule = matchRule(rules.rules, call.method, target.read.segments)?.rule;
    if (rule?.open === 'everybody') return this.#pass(call, { target: target.raw, headers: request.headers });
    const shown = await this.#whoAsks.shownBy(request.headers);
    if (shown.accounts.length === 0) {
      if (isOneOf(rules.closedToNobody, target))
        return this.#refuse(call, { reason: 'unknown-route', why: 'Accounts are made by invitation only.' });
      return this.#pass(call, { target: target.raw, headers: withoutCredentials(request.headers, rules.whoami) });
    }
    if (rule?.askedAhead && this.#judge.mayAskAhead(request, target, shown))
      return this.#answerAhead(call, target, shown);
    const verdict = await this.#judge.judge(request, target, shown);
    if (verdict.value === 'refuse') this.#refuse(call, verdict);
    else this.#pass(call, { headers: request.headers, ...this.#renewal(shown, target), ...verdict });
  }

  /** Asks the tool first, and then judges: what the tool says is handed on after the verdict, if at all. */
  async #answerAhead(call: Call, target: Target, shown: Shown): Promise<void> {
    const { request } = call;
    const verdict = requestHasLeft().then(() => this.#judge.judge(request, target, shown));
    const allowed = verdict.then(
      ({ value }) => value === 'pass',
      () => false,
    );
    this.#pass(call, { target: target.raw, headers: request.headers, ...this.#renewal(shown, target), allowed });
    const judged = await verdict;
    if (judged.value === 'refuse') this.#refuse(call, judged);
  }

  /** What to learn from an answer: the tool may replace a session's cookie with every answer. */
  #renewal({ accounts, credentials }: Shown, target: Target): Renewal | undefined {
    const { whoami } = this.#options.rules;
    const [account, ...others] = accounts;
    if (!account || others.length > 0 || credentials.length !== 1) return undefined;
    if (isOneOf(whoami.changedBy, target)) return undefined;
    return { seen: (answer) => void this.#learn(answer, account) };
  }

  async #learn({ statusCode = 500, headers }: IncomingMessage, account: Account): Promise<void> {
    // When the answer is on its way: it need not wait, and the next request cannot be read sooner.
    await setImmediate();
    if (statusCode >= 400) return;
    const renewed = renewedCredential(headers['set-cookie'], this.#options.rules.whoami);
    if (renewed) this.#whoAsks.renewed(renewed, account);
  }

  #pass(call: Call, { target, headers, body, filter, seen, allowed }: Passed): void {
    const { request, response } = call;
    const failed = (error: Error): void => this.#fail(call, error);
    this.#forwarder.web(request, response, {
      ...{ target, headers, failed: (error: Error) => failed(new ToolUnavailable(messageOf(error))) },
      ...(body ? { body } : {}),
      ...(seen ? { seen } : {}),
      ...(allowed ? { allowed } : {}),
      ...(filter ? { take: (answer: IncomingMessage) => sendFiltered(answer, response, { filter, failed }) } : {}),
    });
  }

  #refuse(call: Call, { reason, why, trainer, projectId = null }: Refused): void {
    const { trainerId = null, workEmail = null } = trainer ?? {};
    this.#attempts.note({ reason, trainerId, workEmail, projectId, what: call.shown || call.method });
    const status = reason === 'malformed' ? 400 : 403;
    const title = reason === 'no-access' ? 'You have no project here now' : 'This is not open to you';
    const message = reason === 'no-access' ? NO_ACCESS : `${why} Your work is in the projects that you were hired for.`;
    sendRefusal(call.request, call.response, this.#refusal(status, title, message, trainer));
  }

  #refusal(status: number, title: string, message: string, trainer?: Trainer): Refusal {
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
    sendRefusal(request, response, this.#refusal(status, title, message));
  }
}

const NO_ACCESS =
  'Your contract has ended, or it has not begun. If you think that this is wrong, ask whoever hired you on OpenTrain.';

interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  method: string;
  /** For the log: method and path, without the query. */
  shown: string;
}

interface Renewal {
  seen: (answer: IncomingMessage) => void;
}

interface Passed extends Partial<Renewal> {
  target: string;
  headers: IncomingMessage['headers'];
  body?: Buffer;
  filter?: (answer: unknown) => unknown;
  allowed?: Promise<boolean>;
}

/** Two turns of the event loop: one connects, one writes. Reading the store is 2 ms of work, which the tool need not wait for. */
async function requestHasLeft(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

function isOneOf(paths: readonly string[], { read }: Target): boolean {
  return paths.some((path) => matchPath(path, read.segments));
}

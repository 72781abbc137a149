/** One door for every call to OpenTrain: time-out, shared limiter, bounded retries, and errors that say what happened. */
import type { AxiosInstance, AxiosResponse } from 'axios';
import PQueue from 'p-queue';
import type { Logger } from 'pino';
import { z } from 'zod';
import { httpClient } from '../../adapters/http-client.ts';
import { abortSignal, untilAborted } from '../abort.ts';
import { type Clock, systemClock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { readErrorEnvelope } from './error-envelope.ts';
import { NotOpenTrain, OpenTrainRefused, OpenTrainUnavailable } from './errors.ts';
import { type Proxies, wayTo } from './proxies.ts';
import { askedWaitMs } from './retry-after.ts';
import type { Scope } from './types.ts';

/** For a call as a whole, however slowly its answer trickles in. */
const TIMEOUT_MS = 15_000;
const TRIES = 4;
const FIRST_WAIT_MS = 300;
/** Longer than this we do not hold a caller: the work row is tried again later instead. */
const LONGEST_WAIT_MS = 10_000;
const CALLS_AT_ONCE = 6;
/** OpenTrain's limits are not documented: stay modest, and honour Retry-After. */
const CALLS_PER_SECOND = 50;
const LARGEST_ANSWER_BYTES = 20_000_000;
const TOO_MANY_REQUESTS = 429;
const NOT_FOUND = 404;
/** After a 429 without Retry-After all calls pause: this long, doubled by each further one, and halved again by each success. */
const FIRST_SLOWDOWN_MS = 1_000;
const LONGEST_SLOWDOWN_MS = 60_000;
const NO_PROXIES: Proxies = { https: undefined, http: undefined, none: undefined };

export interface Call<Schema extends z.ZodType> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the base URL: "/contracts". */
  path: string;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  answer: Schema;
  /** The call may be repeated without harm. */
  repeatable: boolean;
  /** What the token needs for it; a 403 names it. */
  scope?: Scope | null;
}

export interface Answer<Value> {
  value: Value;
  /** When OpenTrain had certainly not yet computed this answer's successor: its own clock at the start of the call. */
  asOf: Date;
}

export interface HttpOptions {
  baseUrl: string;
  token: () => Promise<string>;
  log: Logger;
  clock?: Clock;
  /** None when absent. */
  proxies?: Proxies;
  /** Waits this many milliseconds; injected by tests. */
  wait?: (milliseconds: number) => Promise<void>;
  /** Told OpenTrain's clock minus ours, in milliseconds, after every answer. */
  onClockSkew?: (milliseconds: number) => void;
  timeoutMs?: number;
  /** "opentrain-plugin/1.0.0" */
  userAgent?: string;
}

/** Sends calls to OpenTrain's API. */
export class OpenTrainHttp {
  #client: Promise<AxiosInstance> | undefined;
  readonly #queue = new PQueue({ concurrency: CALLS_AT_ONCE, interval: 1_000, intervalCap: CALLS_PER_SECOND });
  readonly #options: HttpOptions;
  readonly #clock: Clock;
  #pausedUntil = 0;
  #slowdowns = 0;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * The parsed answer. Throws {@link OpenTrainRefused} for a 4xx, {@link OpenTrainUnavailable} when it stays unreachable after
   * a few tries (a call that may not be repeated is only sent again after a 429, which says that nothing was done), and the
   * reason of {@link abortSignal} when that aborts.
   */
  async send<Schema extends z.ZodType>(call: Call<Schema>): Promise<Answer<z.output<Schema>>> {
    const name = `${call.method} ${call.path}`;
    // Taken here: the limiter starts a call within the context of whichever call made room for it.
    const abort = abortSignal();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#queue.add(() => this.#sendOnce(call, name, abort));
      } catch (error) {
        if (!(error instanceof OpenTrainUnavailable) || error instanceof NotOpenTrain) throw error;
        const backOffMs = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
        const waitMs = Math.max(error.retryAfterMs ?? 0, backOffMs);
        const safe = call.repeatable || error.status === TOO_MANY_REQUESTS;
        if (!safe || attempt >= TRIES || waitMs > LONGEST_WAIT_MS) throw error;
        this.#options.log.debug({ call: name, attempt, waitMs, error: error.message }, 'calling OpenTrain again');
        await untilAborted(this.#wait(waitMs), abort);
      }
    }
  }

  async #sendOnce<Schema extends z.ZodType>(
    call: Call<Schema>,
    name: string,
    abort: AbortSignal | undefined,
  ): Promise<Answer<z.output<Schema>>> {
    abort?.throwIfAborted();
    const pauseMs = this.#pausedUntil - this.#clock.now().getTime();
    if (pauseMs > LONGEST_WAIT_MS) {
      throw new OpenTrainUnavailable(name, 'it asked us to wait', { retryAfterMs: pauseMs });
    }
    if (pauseMs > 0) await untilAborted(this.#wait(pauseMs), abort);
    const startedAt = this.#clock.now().getTime();
    const response = await this.#request(call, name, abort);
    const asOf = this.#serverTimeAtStart(response, startedAt);
    if (response.status < 500 && response.status !== TOO_MANY_REQUESTS && isWebPage(response)) {
      throw new NotOpenTrain(name, "the address answers with a web page, not with OpenTrain's API", {
        status: response.status,
      });
    }
    if (response.status >= 200 && response.status < 300) {
      this.#slowdowns = Math.max(0, this.#slowdowns - 1);
      const parsed = call.answer.safeParse(response.data);
      if (parsed.success) return { value: parsed.data, asOf };
      throw new OpenTrainUnavailable(name, `its answer cannot be read: ${z.prettifyError(parsed.error)}`);
    }
    throw this.#failure(name, response, call.scope ?? null);
  }

  async #request<Schema extends z.ZodType>(
    call: Call<Schema>,
    name: string,
    abort: AbortSignal | undefined,
  ): Promise<AxiosResponse<unknown>> {
    const token = await this.#options.token();
    this.#client ??= createClient(this.#options);
    const client = await this.#client;
    const timeoutMs = this.#options.timeoutMs ?? TIMEOUT_MS;
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = abort ? AbortSignal.any([timeout, abort]) : timeout;
    try {
      return await client.request<unknown>({
        method: call.method,
        url: call.path,
        params: call.query,
        data: call.body,
        signal,
        headers: {
          Authorization: `Bearer ${token}`,
          Accept: 'application/json',
          'User-Agent': this.#options.userAgent ?? 'opentrain-plugin',
        },
      });
    } catch (error) {
      abort?.throwIfAborted();
      // The message only: axios errors carry the request with its token.
      const why = timeout.aborted ? `no answer within ${timeoutMs / 1_000} s` : messageOf(error);
      throw new OpenTrainUnavailable(name, why);
    }
  }

  #failure(name: string, response: AxiosResponse<unknown>, scope: Scope | null): Error {
    const envelope = readErrorEnvelope(response.data);
    const { requestId } = envelope;
    const message = envelope.message || `HTTP ${response.status}`;
    const { status } = response;
    if (status === TOO_MANY_REQUESTS || status >= 500) {
      const asked = askedWaitMs(response.headers, this.#clock.now());
      const retryAfterMs = asked ?? (status === TOO_MANY_REQUESTS ? this.#slowDown() : null);
      if (retryAfterMs !== null) this.#pausedUntil = this.#clock.now().getTime() + retryAfterMs;
      return new OpenTrainUnavailable(name, `${message} (${status})`, { requestId, status, retryAfterMs });
    }
    if (status < 400) {
      return new NotOpenTrain(name, `the address answers with a redirect (${status}), which is not followed`, {
        status,
      });
    }
    if (!envelope.known && (status === NOT_FOUND || typeof response.data !== 'object')) {
      const why = `the address answers ${status} without OpenTrain's error body: a proxy, or another address`;
      return new NotOpenTrain(name, why, { requestId, status });
    }
    return new OpenTrainRefused({ call: name, status, code: envelope.code, message, requestId, scope });
  }

  /** Milliseconds for which all calls pause after a 429 that says nothing. */
  #slowDown(): number {
    const longest = Math.min(LONGEST_SLOWDOWN_MS, FIRST_SLOWDOWN_MS * 2 ** this.#slowdowns);
    this.#slowdowns = Math.min(this.#slowdowns + 1, 10);
    return longest * (0.5 + Math.random() / 2);
  }

  /** OpenTrain's clock when the call began: its Date header (whole seconds) less how long the call took. */
  #serverTimeAtStart(response: AxiosResponse<unknown>, startedAt: number): Date {
    const now = this.#clock.now().getTime();
    const header = z.string().safeParse(response.headers.date);
    const serverTime = header.success ? Date.parse(header.data) : Number.NaN;
    if (Number.isNaN(serverTime)) return new Date(startedAt);
    // The header has no fraction: half a second in is the best guess of it.
    this.#options.onClockSkew?.(serverTime + 500 - now);
    return new Date(serverTime - (now - startedAt));
  }

  #wait(milliseconds: number): Promise<void> {
    if (this.#options.wait) return this.#options.wait(milliseconds);
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
}

async function createClient({ baseUrl, proxies }: HttpOptions): Promise<AxiosInstance> {
  return httpClient().create({
    baseURL: baseUrl,
    // A redirect would carry the token to wherever it points.
    maxRedirects: 0,
    maxContentLength: LARGEST_ANSWER_BYTES,
    validateStatus: () => true,
    ...(await wayTo(baseUrl, proxies ?? NO_PROXIES)),
  });
}

function isWebPage(response: AxiosResponse<unknown>): boolean {
  return /^text\/html\b/i.test(String(response.headers['content-type'] ?? ''));
}

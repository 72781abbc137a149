/** Passing requests on to the tool: headers, the request's address, and the streams, by a proxy library. */
import type { Agent, IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { ProxyServer } from 'http-proxy-3';
import { youngCollector } from '../heap.ts';
import { copyHead } from './answer-head.ts';
import { readCookies, writeCookies } from './credentials.ts';
import { ToolConnections } from './tool-connections.ts';

export interface ForwardOptions {
  /** TOOL_BASE_URL. */
  toolUrl: string;
  /** Where people reach the tool otherwise: addresses in its redirects are made the gateway's. */
  toolPublicUrl: string;
  /** GATEWAY_PUBLIC_URL. */
  publicUrl: string;
  trustsForwardedProto: boolean;
}

export interface Forwarded {
  /** Path and query for the tool. */
  target: string;
  headers: IncomingHttpHeaders;
  /** Instead of the request's own body. */
  body?: Buffer;
  /** Called with the tool's answer; whoever gives it must end the response. Absent: the answer is streamed. */
  take?: (answer: IncomingMessage) => void;
  /**
   * Absent: the answer may be handed on. Otherwise the tool is asked at once, and its answer waits for this. False: the call to the tool is
   * given up, and the response is left to the caller. It must not reject; not together with `take`.
   */
  allowed?: Promise<boolean>;
  /** Called when the answer's head is there. */
  seen?: (answer: IncomingMessage) => void;
  failed: (error: Error) => void;
}

/** An answer may take long (a first export of images); nothing at all for this long is an outage. */
const SILENCE_MS = 120_000;
/** So many bytes of streams are freed together. */
const FREED_BYTES = 2 * 1024 * 1024;

/** `Readable.from` would be an iterator: each submit waits for it. */
function streamOf(body: Buffer): Readable {
  const stream = new Readable({ read: () => undefined });
  stream.push(body);
  stream.push(null);
  return stream;
}

export class Forwarder {
  readonly #options: ForwardOptions;
  readonly #publicUrl: URL;
  /** By which the tool is reached: "http:". */
  readonly #scheme: string;
  readonly #proxy: ProxyServer;
  readonly #agent: Agent;
  readonly #waiting = new WeakMap<IncomingMessage, Forwarded>();
  readonly #collect = youngCollector();
  /** Bytes of streams since they were freed. */
  #passed = 0;

  constructor(options: ForwardOptions) {
    this.#options = options;
    this.#publicUrl = new URL(options.publicUrl);
    this.#scheme = new URL(options.toolUrl).protocol;
    this.#agent = this.#scheme === 'https:' ? new HttpsAgent() : new ToolConnections();
    this.#proxy = new ProxyServer({
      target: options.toolUrl,
      agent: this.#agent,
      proxyTimeout: SILENCE_MS,
      xfwd: false,
    });
    this.#proxy.on('proxyRes', (answer, request, response) => {
      const forwarded = this.#waiting.get(request);
      this.#makeOurs(answer);
      if (forwarded?.allowed) {
        void this.#handOnIfAllowed(answer, response, forwarded);
        return;
      }
      forwarded?.seen?.(answer);
      if (forwarded?.take) forwarded.take(answer);
      else this.#stream(answer, response);
    });
    this.#proxy.on('proxyReq', (outgoing, request) => {
      const allowed = this.#waiting.get(request)?.allowed;
      if (allowed) void allowed.then((isAllowed) => isAllowed || outgoing.destroy());
    });
    // Each call has its own handler; this one is for what comes after an answer has begun.
    this.#proxy.on('error', () => undefined);
  }

  /** One request and its answer. */
  web(request: IncomingMessage, response: ServerResponse, forwarded: Forwarded): void {
    this.#prepare(request, forwarded);
    const { take, allowed, body, failed } = forwarded;
    const options = {
      ...(take || allowed ? { selfHandleResponse: true } : {}),
      ...(body ? { buffer: streamOf(body) } : {}),
    };
    this.#proxy.web(request, response, options, (error) => {
      if (!allowed) failed(error);
      else void allowed.then((isAllowed) => isAllowed && failed(error));
    });
  }

  /** A web socket. */
  socket(request: IncomingMessage, socket: Duplex, head: Buffer, forwarded: Forwarded): void {
    this.#prepare(request, forwarded);
    this.#proxy.ws(request, socket, head, {}, forwarded.failed);
  }

  close(): void {
    this.#agent.destroy();
  }

  #prepare(request: IncomingMessage, forwarded: Forwarded): void {
    this.#waiting.set(request, forwarded);
    request.url = forwarded.target;
    request.headers = this.#headersFor(request, forwarded);
  }

  #headersFor(request: IncomingMessage, { headers: given, body, take }: Forwarded): IncomingHttpHeaders {
    const headers: IncomingHttpHeaders = { ...given };
    const { host, protocol } = this.#publicUrl;
    for (const name of Object.keys(headers)) {
      // What tools or their servers may read as another address, method or person.
      if (
        /^(x-forwarded-|x-original-|x-rewrite-|x-http-method|x-method-override|forwarded$|remote-user|x-remote-user)/.test(
          name,
        )
      ) {
        if (name !== 'x-forwarded-for') delete headers[name];
      } else if (name.includes('_')) delete headers[name];
    }
    headers.host = host;
    headers['x-forwarded-host'] = host;
    headers['x-forwarded-proto'] = protocol.slice(0, -1);
    headers['x-forwarded-for'] = [given['x-forwarded-for'], request.socket.remoteAddress].filter(Boolean).join(', ');
    if (headers.cookie !== undefined) headers.cookie = writeCookies(readCookies(headers.cookie));
    if (headers.upgrade === undefined) delete headers.connection;
    // Our own server has answered it.
    delete headers.expect;
    if (!this.#options.trustsForwardedProto) this.#matchScheme(headers);
    if (take) headers['accept-encoding'] = 'identity';
    if (body) {
      delete headers['transfer-encoding'];
      headers['content-length'] = String(body.length);
      headers['content-type'] = 'application/json';
    }
    // A server that does not know this coding takes such a body for the next request.
    if (headers['transfer-encoding'] !== undefined) headers.connection = 'close';
    return headers;
  }

  /** A tool that believes no X-Forwarded-Proto takes its own address for the scheme by which we reach it. */
  #matchScheme(headers: IncomingHttpHeaders): void {
    const { host, origin } = this.#publicUrl;
    const seen = `${this.#scheme}//${host}`;
    if (headers.origin === origin) headers.origin = seen;
    if (headers.referer?.startsWith(`${origin}/`)) headers.referer = seen + headers.referer.slice(origin.length);
  }

  async #handOnIfAllowed(answer: IncomingMessage, response: ServerResponse, forwarded: Forwarded): Promise<void> {
    // It may break off before anybody reads it.
    answer.on('error', () => undefined);
    if (!(await forwarded.allowed)) answer.destroy();
    else if (answer.destroyed) forwarded.failed(new Error('the tool broke off'));
    else {
      forwarded.seen?.(answer);
      copyHead(answer, response);
      this.#stream(answer, response);
      answer.pipe(response);
    }
  }

  #stream(answer: IncomingMessage, response: ServerResponse): void {
    // A client must not take a part for the whole.
    answer
      .on('error', () => undefined)
      .on('close', () => {
        if (!response.writableEnded) response.destroy();
      });
    if (this.#agent instanceof ToolConnections && this.#agent.passBody(answer, response)) return;
    answer.on('data', (piece: Buffer) => this.#count(piece));
  }

  #count({ length }: Buffer): void {
    this.#passed += length;
    if (this.#passed < FREED_BYTES) return;
    this.#passed = 0;
    this.#collect();
  }

  /** Redirects within the tool stay at the gateway. */
  #makeOurs(answer: IncomingMessage): void {
    const { location } = answer.headers;
    const moved = location === undefined ? undefined : this.#moved(location);
    if (moved === undefined) return;
    answer.headers.location = moved;
    const at = answer.rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'location');
    if (at !== -1) answer.rawHeaders[at + 1] = moved;
  }

  /** The gateway's address for an address of the tool; undefined for one that stays as it is. */
  #moved(location: string): string | undefined {
    const { toolUrl, toolPublicUrl, publicUrl } = this.#options;
    const { origin, host, pathname } = this.#publicUrl;
    const basePath = pathname.replace(/\/$/, '');
    // A tool below a path may send people to an address without it.
    if (/^\/(?!\/)/.test(location)) return location.startsWith(`${basePath}/`) ? undefined : basePath + location;
    const seen = `${this.#scheme}//${host}`;
    const own = [toolPublicUrl, toolUrl, seen].find((url) => location === url || location.startsWith(`${url}/`));
    if (own === undefined) return undefined;
    return (own === seen ? origin : publicUrl) + location.slice(own.length);
  }
}

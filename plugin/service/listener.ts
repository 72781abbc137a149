/**
 * A server of ours and who answers on it. Between two services it goes on listening: who comes then waits a moment, and is answered by
 * the next one, so that changed settings cost nobody a request.
 */
import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { AdminError } from '../errors.ts';

// Imported, each of its exports would be read, and with them undici (fetch, WebSocket) be loaded, which nothing here needs.
const { createServer } = process.getBuiltinModule('node:http');

/** What is under way gets this long to finish. */
export const DRAIN_MS = 8_000;

export interface Address {
  host: string;
  port: number;
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface Answerer {
  request: RequestListener;
  /** Answers web sockets, on a listener that takes them. */
  upgrade?: UpgradeListener;
}

export interface ListenerOptions extends ServerOptions {
  /** The settings that the address comes from, for the error when it is taken. */
  names: string;
  /** A request for another protocol, or for any where this is absent, is answered as if it had not asked. */
  takesWebSockets?: boolean;
}

export class Listener {
  readonly at: Address;
  /** Where it listens: "http://127.0.0.1:8790". */
  readonly url: string;
  readonly #server: Server;
  readonly #underWay = new Set<ServerResponse>();
  readonly #webSockets = new Set<Duplex>();
  #answerer: Answerer | null = null;
  #held: { stream: ServerResponse | Duplex; answer: (by: Answerer) => void }[] = [];
  #onIdle: () => void = () => undefined;
  #isClosing = false;

  private constructor(server: Server, at: Address, url: string) {
    this.#server = server;
    this.at = at;
    this.url = url;
  }

  /** Listens; who connects waits until {@link serve}. Throws {@link AdminError} when the port is taken. */
  static async open(at: Address, { names, takesWebSockets, ...limits }: ListenerOptions): Promise<Listener> {
    const server = createServer({ ...limits, ...(takesWebSockets ? { shouldUpgradeCallback: asksForWebSocket } : {}) });
    const listener = new Listener(server, at, await listen(server, at, names));
    server.on('request', (request, response) => listener.#receive(request, response));
    if (takesWebSockets) server.on('upgrade', (request, socket, head) => listener.#upgrade(request, socket, head));
    return listener;
  }

  /** From now on this answers, also those who waited. */
  serve(answerer: Answerer): void {
    this.#answerer = answerer;
    const held = this.#held;
    this.#held = [];
    for (const { stream, answer } of held) {
      if (!stream.destroyed) answer(answerer);
    }
  }

  /**
   * From now on who comes waits. Resolves when nobody is being answered any more, at most {@link DRAIN_MS} later. Web sockets are closed:
   * who had one connects again.
   */
  async hold(): Promise<void> {
    this.#answerer = null;
    for (const socket of this.#webSockets) socket.destroy();
    const { promise: idle, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    if (this.#underWay.size === 0) resolve();
    const late = setTimeout(() => {
      for (const response of this.#underWay) response.destroy();
    }, DRAIN_MS);
    await idle;
    clearTimeout(late);
  }

  /** Takes no more connections, and lets the requests under way finish for at most {@link DRAIN_MS}. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const { stream } of this.#held) stream.destroy();
    for (const socket of this.#webSockets) socket.destroy();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    // A connection that is kept alive becomes idle only when its last answer is out.
    const closeIdle = setInterval(() => this.#server.closeIdleConnections(), 50);
    const late = setTimeout(() => this.#server.closeAllConnections(), DRAIN_MS);
    await closed;
    clearInterval(closeIdle);
    clearTimeout(late);
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const answer = (by: Answerer): void => {
      this.#underWay.add(response);
      response.once('close', () => {
        this.#underWay.delete(response);
        if (this.#underWay.size === 0) this.#onIdle();
      });
      by.request(request, response);
    };
    this.#answerOrHold(response, answer);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const answer = (by: Answerer): void => {
      this.#webSockets.add(socket);
      socket.once('close', () => this.#webSockets.delete(socket));
      if (by.upgrade) by.upgrade(request, socket, head);
      else socket.destroy();
    };
    this.#answerOrHold(socket, answer);
  }

  #answerOrHold(stream: ServerResponse | Duplex, answer: (by: Answerer) => void): void {
    if (this.#answerer) answer(this.#answerer);
    else if (this.#isClosing) stream.destroy();
    else this.#held.push({ stream, answer });
  }
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function listen(server: Server, { host, port }: Address, names: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
      reject(new AdminError(`The plugin cannot listen on ${host}:${port}: ${why}.`, `Set ${names}.`, { cause }));
    });
    server.listen(port, host, () => {
      const address: AddressInfo | string | null = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}

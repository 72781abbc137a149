/** A server between the adapter and the tool that can misbehave in the ways that tools and networks do. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type Behaviour =
  /** Hands everything on. */
  | 'pass'
  /** Takes the question and never answers. */
  | 'stall'
  /** Begins an answer and never ends it. */
  | 'stall-in-answer'
  /** Closes the connection. */
  | 'close'
  /** Answers 503. */
  | 'error'
  /** Answers 200 with a web page, as a sign-in proxy or a wrong address does. */
  | 'web-page'
  /** Answers 500 to everything that would change something. */
  | 'refuse-changes'
  /** Says that everything was changed, and changes nothing. */
  | 'pretend-changes';

export interface UnrulyProxy {
  url: string;
  behave(behaviour: Behaviour): void;
  stop(): Promise<void>;
}

/** A proxy in front of the tool at this address, on a free port of 127.0.0.1. It passes at first. */
export async function startUnrulyProxy(toolUrl: string): Promise<UnrulyProxy> {
  let behaviour: Behaviour = 'pass';
  const sockets = new Set<Socket>();
  const server = createServer((question, answer) => respond(behaviour, toolUrl, question, answer));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    behave: (next) => {
      behaviour = next;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function respond(behaviour: Behaviour, toolUrl: string, question: IncomingMessage, answer: ServerResponse): void {
  const changes = question.method !== 'GET' && question.method !== 'HEAD';
  switch (behaviour) {
    case 'stall':
      question.resume();
      return;
    case 'stall-in-answer':
      answer.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
      answer.write('{"id": 1');
      return;
    case 'close':
      question.socket.destroy();
      return;
    case 'error':
      answer.writeHead(503, { 'Content-Type': 'text/plain' }).end('overloaded');
      return;
    case 'web-page':
      answer.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
      return;
    case 'refuse-changes':
      if (changes) answer.writeHead(500, { 'Content-Type': 'text/plain' }).end('no');
      else handOn(toolUrl, question, answer);
      return;
    case 'pretend-changes':
      if (changes) answer.writeHead(204).end();
      else handOn(toolUrl, question, answer);
      return;
    case 'pass':
      handOn(toolUrl, question, answer);
  }
}

function handOn(toolUrl: string, question: IncomingMessage, answer: ServerResponse): void {
  const { method, headers } = question;
  const onward = request(new URL(question.url ?? '/', toolUrl), { method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  answer.on('close', () => onward.destroy());
  question.pipe(onward);
}

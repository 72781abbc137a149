/** Connections to the tool that are used again: when, for how long, and what a tool or a client that breaks the rules does with one. */
import { once } from 'node:events';
import { Agent, createServer as createHttpServer, get, type IncomingMessage, request } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { Forwarder } from '../../../plugin/gateway/forward.ts';
import { KeptConnections, type KeptFor } from '../../../plugin/gateway/kept-connections.ts';
import { listen } from '../../support/http-server.ts';
import { labelStudio } from '../../support/label-studio.ts';

const answerOf = (body: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

describe("the gateway's connections to the tool", () => {
  let tool: Server;
  let toolUrl: string;
  let agent: KeptConnections;
  /** In the order in which they came. */
  let connections: Socket[];
  let heads: string[];
  let answers: (socket: Socket) => void;

  const open = async (kept: KeptFor): Promise<void> => {
    agent = new KeptConnections(kept);
    toolUrl = await listen(tool);
  };
  const text = async (answer: IncomingMessage): Promise<string> => Buffer.concat(await answer.toArray()).toString();
  const ask = async (): Promise<string> => {
    const [answer] = await once(get(toolUrl, { agent }), 'response');
    return text(answer);
  };
  const free = (): number => Object.values(agent.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
  const isRested = () => waitFor('a connection that may be used again', async () => free() > 0 || undefined);

  beforeEach(() => {
    connections = [];
    heads = [];
    answers = (socket) => void socket.write(answerOf('right'));
    tool = createServer((socket) => {
      connections.push(socket.on('error', () => undefined));
      socket.on('data', (data) => {
        heads.push(data.toString());
        answers(socket);
      });
    });
  });
  afterEach(() => {
    agent.destroy();
    for (const connection of connections) connection.destroy();
    tool.close();
  });

  it('are used again after a rest, and not before', async () => {
    await open({ restMs: 100, keptMs: 60_000 });
    await ask();
    await ask();
    expect(connections).to.have.length(2);
    await isRested();
    await ask();
    expect(connections).to.have.length(2);
  });

  it('are closed before the tool closes them', async () => {
    await open({ restMs: 1, keptMs: 50 });
    await ask();
    await isRested();
    const [connection] = connections;
    await waitFor('the end of the connection', async () => connection?.readableEnded || undefined);
    expect(free()).to.equal(0);
    expect(await ask()).to.equal('right');
    expect(connections).to.have.length(2);
  });

  it('wait for an answer that takes longer than they are kept, also when they are used again', async () => {
    await open({ restMs: 1, keptMs: 100 });
    await ask();
    await isRested();
    answers = (socket) => void setTimeout(() => socket.write(answerOf('late')), 400);
    // As the proxy library does.
    const asking = get(toolUrl, { agent });
    asking.setTimeout(60_000, () => asking.destroy());
    const [answer] = await once(asking, 'response');
    expect(await text(answer)).to.equal('late');
    expect(connections).to.have.length(1);
  });

  it('are not kept where the tool says that it closes them at once', async () => {
    await open({ restMs: 1, keptMs: 60_000 });
    answers = (socket) => void socket.write(answerOf('right', 'Keep-Alive: timeout=1\r\n'));
    await ask();
    await waitFor('the end of the connection', async () => connections[0]?.readableEnded || undefined);
  });

  it('are 16 at the most', async () => {
    await open({ restMs: 1, keptMs: 60_000 });
    await Promise.all(Array.from({ length: 20 }, ask));
    const open20 = connections.length;
    expect(open20).to.equal(20);
    await waitFor('the end of 4', async () => connections.filter((one) => one.readableEnded).length === 4 || undefined);
    await waitFor('16 that are kept', async () => free() === 16 || undefined);
  });

  for (const [how, end] of [
    ['ends', (socket: Socket) => void socket.end()],
    ['resets', (socket: Socket) => void socket.resetAndDestroy()],
  ] as const) {
    it(`are not used again when the tool ${how} one that rests`, async () => {
      await open({ restMs: 100, keptMs: 60_000 });
      expect(await ask()).to.equal('right');
      for (const connection of connections) end(connection);
      await waitFor('no connection', async () => Object.keys(agent.sockets).length === 0 || undefined);
      expect(await ask()).to.equal('right');
      expect(connections).to.have.length(2);
    });
  }

  describe('give nobody what the tool says unasked', () => {
    const unasked = answerOf("another person's");
    for (const [when, say] of [
      ['with an answer', (socket: Socket) => void socket.write(answerOf('right') + unasked)],
      [
        'while the connection rests',
        (socket: Socket) => void socket.write(answerOf('right'), () => setTimeout(() => socket.write(unasked), 20)),
      ],
      [
        'while the connection rests, and its end when it is asked again',
        (socket: Socket) =>
          void socket.write(answerOf('right'), () => setTimeout(() => socket.write(unasked.slice(0, -3)), 20)),
      ],
    ] as const) {
      it(when, async () => {
        await open({ restMs: 100, keptMs: 60_000 });
        answers = say;
        expect(await ask()).to.equal('right');
        await waitFor('no connection', async () => Object.keys(agent.sockets).length === 0 || undefined);
        answers = (socket) => void socket.write(answerOf('mine'));
        expect(await ask()).to.equal('mine');
        expect(connections).to.have.length(2);
      });
    }
  });

  it('serve a body of unknown length once only: a tool may take it for the next request', async () => {
    await open({});
    const options = { toolUrl, toolPublicUrl: toolUrl, publicUrl: 'http://gateway.test', trustsForwardedProto: true };
    const forwarder = new Forwarder(options);
    const door = createHttpServer((incoming, response) => {
      const { url: target = '/', headers } = incoming;
      forwarder.web(incoming, response, { target, headers, failed: () => response.destroy() });
    });
    const url = await listen(door);
    const client = new Agent();
    try {
      for (const [body, closes] of [
        ['', false],
        ['GET /api/users HTTP/1.1', true],
      ] as const) {
        heads = [];
        const asking = request(url, { agent: client, method: body === '' ? 'GET' : 'POST' });
        if (body !== '') asking.write(body);
        asking.end();
        const [answer] = await once(asking, 'response');
        expect(await text(answer)).to.equal('right');
        expect(heads.join(''), body).to.match(closes ? /^connection: close\r$/im : /^connection: keep-alive\r$/im);
      }
    } finally {
      forwarder.close();
      door.close();
    }
  });
});

describe("Label Studio's own server on a connection that is used again", function () {
  this.timeout(120_000);
  const hidden = 'GET /api/version HTTP/1.1\r\nHost: hidden\r\n\r\n';
  const withLength = `Content-Length: ${hidden.length}\r\n\r\n${hidden}`;
  const chunked = `Transfer-Encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;

  for (const [what, first, rest, heads] of [
    ['a body that nothing reads', 'POST /nothing/here', withLength, ['404', '200']],
    ['a body of a request that should have none', 'GET /api/version', withLength, ['200', '200']],
    ['chunks, which it does not know', 'POST /nothing/here', chunked, ['404']],
  ] as const) {
    it(`does not take for a request: ${what}`, async () => {
      const { baseUrl } = await labelStudio('sqlite');
      const { hostname, port, host } = new URL(baseUrl);
      const socket = connect({ host: hostname, port: Number(port) });
      socket.write(`${first} HTTP/1.1\r\nHost: ${host}\r\n${rest}`);
      socket.write(`GET /api/version HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      let said = '';
      // It resets a connection on which it has not read everything.
      socket.on('error', () => undefined).on('data', (data) => (said += data));
      await once(socket, 'close');
      expect([...said.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).to.deep.equal(heads);
    });
  }
});

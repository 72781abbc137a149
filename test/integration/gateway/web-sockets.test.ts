/** Requests for a web socket through the gateway: a trainer gets none, nor the answer of a tool that takes it for an ordinary request. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { allCounters } from '../../../plugin/audit/counters.ts';
import { type AccessWorld, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { GatewayWorld } from '../../support/gateway-world.ts';
import { type GatewayBefore, gatewayBefore, whoAsks } from '../../support/played-tool.ts';
import { askForSocket } from '../../support/web-socket.ts';

describe('a web socket through the gateway', () => {
  let world: AccessWorld;
  let before: GatewayBefore;
  let asked: IncomingMessage[];

  useAccessWorld('sqlite', async (opened) => {
    world = opened;
    asked = [];
    await world.connect();
    await world.annIsActive();
    const tool = createServer((request, response) => {
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(whoAsks(request, world)));
    });
    tool.on('upgrade', (request, socket) => {
      asked.push(request);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.pipe(socket);
    });
    before = await gatewayBefore(tool, world);
  });
  afterEach(() => before.close());

  it('is passed on for a colleague, in both directions', async () => {
    const { socket } = await askForSocket(`${before.url}/live`, { authorization: 'Token colleague' });
    socket?.write('hello');
    const [echo] = socket ? await once(socket, 'data') : [];
    expect(String(echo)).to.equal('hello');
    expect(asked.map(({ headers }) => headers.authorization)).to.deep.equal(['Token colleague']);
    socket?.destroy();
  });

  it('is refused to a trainer, also below their own project, without a word to the tool; and counted', async () => {
    for (const path of ['/live', '/api/projects/1/', '/api/users/', '/user/login/'])
      expect((await askForSocket(before.url + path, { authorization: 'Token ann' })).status, path).to.equal(403);
    expect(asked).to.deep.equal([]);
    await before.gateway.close();
    const [counter] = await allCounters(world.store.database);
    expect(counter).to.include({ name: 'gateway refused: unknown-route', last_detail: 'ann: web socket /user/login/' });
    expect(Number(counter?.count)).to.equal(4);
  });

  it('shows nobody’s credentials, and makes no account', async () => {
    const { socket } = await askForSocket(`${before.url}/live`, {
      authorization: 'Token of nobody',
      cookie: 'sessionid=x',
    });
    socket?.destroy();
    expect(asked.map(({ headers }) => [headers.authorization, headers.cookie])).to.deep.equal([[undefined, undefined]]);
    expect((await askForSocket(`${before.url}/user/signup/`)).status).to.equal(403);
    expect((await askForSocket(`${before.url}/a//b`)).status).to.equal(403);
    expect(asked).to.have.length(1);
  });
});

describe('a request for a web socket to Label Studio, which has none', function () {
  this.timeout(180_000);
  let world: GatewayWorld;
  before(async () => {
    world = await GatewayWorld.open('sqlite');
  });
  after(() => world?.close());

  it('gives a trainer none of the lists that the gateway filters', async () => {
    const { identity } = await world.signIn(world.ann);
    for (const path of ['/api/users/', '/api/projects/', `/api/tasks?project=${world.own.projectId}`]) {
      const { status, body } = await askForSocket(world.url + path, identity);
      expect([status, body], path).to.deep.equal([403, '']);
    }
  });

  it('is answered for a colleague as Label Studio answers', async () => {
    const { identity } = await world.colleague();
    const { status, body } = await askForSocket(`${world.url}/api/users/`, identity);
    expect(status).to.equal(200);
    expect(body).to.include(mailOf(world.ann));
  });
});

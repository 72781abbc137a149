import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { ToolRefused, ToolUnavailable } from '../../../adapters/errors.ts';
import { ApiClient } from '../../../adapters/label-studio/api-client.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { adapterFor, freshWorkEmail, labelStudio, type TestLabelStudio } from '../../support/label-studio.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('the API token of Label Studio', function () {
  this.timeout(120_000);
  let tool: TestLabelStudio;
  let owner: LabelStudioSession;

  before(async () => {
    tool = await labelStudio('sqlite');
    owner = await LabelStudioSession.mustSignIn(tool.baseUrl, tool.adminEmail, tool.adminPassword);
  });

  it('may be a personal access token, which is exchanged before it is used', async () => {
    const adapter = adapterFor(tool, { apiToken: await owner.personalToken() });
    expect((await adapter.describe()).version).to.equal('1.23.2');
    const member = { email: freshWorkEmail(), displayName: 'Ada', password: 'correct horse', places: [WHOLE_TOOL] };
    const { toolUserId } = await adapter.createMember(member);
    const removal = { toolUserId, email: member.email, places: [WHOLE_TOOL], closeAccount: true };
    expect(await adapter.revoke(removal)).to.deep.equal([]);
    await adapter.close();
  });

  it('is named as wrong when Label Studio does not know it, with what to do', async () => {
    for (const apiToken of ['0'.repeat(40), 'aaa.bbb.ccc']) {
      const error = await thrownBy(adapterFor(tool, { apiToken }).describe());
      if (!(error instanceof ToolRefused)) throw error;
      expect(error.message).to.include('does not accept TOOL_API_TOKEN');
      expect(error.remedy).to.include('Account & Settings');
      expect(error.message + error.remedy).to.not.include(apiToken);
    }
  });

  it('is refused with the switch’s name when legacy tokens are switched off', async () => {
    const settings = (legacy: boolean) =>
      owner.http.post('/api/jwt/settings', { api_tokens_enabled: true, legacy_api_tokens_enabled: legacy });
    expect((await settings(false)).status).to.equal(200);
    try {
      const error = await thrownBy(adapterFor(tool, { databaseUrl: null }).describe());
      if (!(error instanceof ToolRefused)) throw error;
      expect(error.remedy).to.include('Access Token Settings');
      // With the database, what needs no token goes on.
      expect((await adapterFor(tool).describe()).capabilities).to.include({ closeAccount: true, tally: true });
      const token = (await adapterFor(tool).check({ testRemoval: false, linkedProjectIds: [] })).find(
        ({ id }) => id === 'tool-token',
      );
      expect(token?.result).to.equal('failure');
      expect(token?.remedy).to.include('Access Token Settings');
    } finally {
      expect((await settings(true)).status).to.equal(200);
    }
  });

  it('of a plain member is caught before anybody has to be removed with it', async () => {
    const adapter = adapterFor(tool);
    const email = freshWorkEmail('colleague');
    await adapter.createMember({ email, displayName: 'Colleague', password: 'correct horse', places: [WHOLE_TOOL] });
    const colleague = await LabelStudioSession.mustSignIn(tool.baseUrl, email, 'correct horse');
    const plain = adapterFor(tool, { apiToken: await colleague.legacyToken() });
    const checks = await plain.check({ testRemoval: false, linkedProjectIds: [] });
    const line = checks.find(({ id }) => id === 'tool-token-owner');
    expect(line).to.include({ result: 'failure' });
    expect(line?.why).to.include('plain member');
    await Promise.all([adapter.close(), plain.close()]);
  });
});

describe('calls to Label Studio', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const serve = (answer: RequestListener): Promise<string> =>
    new Promise((resolve) => {
      const server = createServer(answer).listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        resolve(`http://127.0.0.1:${port}`);
      });
      servers.push(server);
    });
  const personalToken = 'header.payload.signature';
  const access = (id: number) => {
    const payload = Buffer.from(JSON.stringify({ iat: 1000, exp: 1300, id })).toString('base64url');
    return JSON.stringify({ access: `header.${payload}.signature` });
  };

  it('exchange a personal access token once for many calls at once, and again before it expires', async () => {
    let exchanges = 0;
    const seen = new Set<string>();
    const baseUrl = await serve((request, response) => {
      if (request.url === '/api/token/refresh/') {
        exchanges += 1;
        response.setHeader('Content-Type', 'application/json').end(access(exchanges));
        return;
      }
      seen.add(request.headers.authorization ?? '');
      response.setHeader('Content-Type', 'application/json').end('{}');
    });
    let now = 0;
    const api = new ApiClient(baseUrl, personalToken, () => now);
    const call = () => api.send({ method: 'GET', path: '/api/thing' });
    await Promise.all([call(), call(), call()]);
    now = 269_000;
    await call();
    expect(exchanges).to.equal(1);
    now = 271_000;
    await Promise.all([call(), call()]);
    expect(exchanges).to.equal(2);
    expect([...seen].every((header) => header.startsWith('Bearer '))).to.equal(true);
  });

  it('try once more with a new access token after a 401, and only once', async () => {
    let exchanges = 0;
    let calls = 0;
    const baseUrl = await serve((request, response) => {
      response.setHeader('Content-Type', 'application/json');
      if (request.url === '/api/token/refresh/') {
        exchanges += 1;
        response.end(access(exchanges));
        return;
      }
      calls += 1;
      response.writeHead(request.url === '/works-again' && calls > 1 ? 200 : 401).end('{"detail":"no"}');
    });
    const api = new ApiClient(baseUrl, personalToken);
    expect((await api.send({ method: 'GET', path: '/works-again' })).status).to.equal(200);
    expect({ exchanges, calls }).to.deep.equal({ exchanges: 2, calls: 2 });
    expect(await thrownBy(api.send({ method: 'GET', path: '/never' }))).to.be.instanceOf(ToolRefused);
    expect(calls).to.equal(4);
  });

  it('never carry the token along a redirect', async () => {
    let reached = false;
    const elsewhere = await serve((_, response) => {
      reached = true;
      response.end('{}');
    });
    const baseUrl = await serve((_, response) => response.writeHead(302, { Location: elsewhere }).end());
    const error = await thrownBy(new ApiClient(baseUrl, 'f'.repeat(40)).send({ method: 'GET', path: '/api/x' }));
    if (!(error instanceof ToolRefused)) throw error;
    expect(error.remedy).to.include('TOOL_BASE_URL');
    expect(reached).to.equal(false);
  });

  it('tell a tool that is down or broken from one that says no', async () => {
    const broken = await serve((_, response) => response.writeHead(503).end());
    const forbidding = await serve((_, response) => response.writeHead(403).end('{"detail":"no"}'));
    const call = (baseUrl: string) =>
      thrownBy(new ApiClient(baseUrl, 'f'.repeat(40)).send({ method: 'GET', path: '/api/x' }));
    expect(await call('http://127.0.0.1:1')).to.be.instanceOf(ToolUnavailable);
    expect(await call(broken)).to.be.instanceOf(ToolUnavailable);
    expect(await call(forbidding)).to.be.instanceOf(ToolRefused);
  });
});

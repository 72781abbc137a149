/** A real Label Studio behind a server that answers some requests itself, as firewalls and sign-in proxies do. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { expect } from 'chai';
import { createProxyServer } from 'http-proxy-3';
import { ToolRefused } from '../../../adapters/errors.ts';
import { isSignUpOpen } from '../../../adapters/label-studio/sign-up.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { listen } from '../../support/http-server.ts';
import { inFrontAnswers, inFrontKinds, toldInFront } from '../../support/in-front.ts';
import { adapterFor, freshWorkEmail, labelStudio, type TestLabelStudio } from '../../support/label-studio.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('something in front of Label Studio', function () {
  this.timeout(120_000);
  let tool: TestLabelStudio;
  let server: Server;
  let baseUrl: string;
  let stopped: (request: IncomingMessage) => boolean;
  let answer: (response: ServerResponse) => void;

  before(async () => {
    tool = await labelStudio('sqlite');
    const proxy = createProxyServer({ target: tool.baseUrl });
    server = createServer((request, response) => {
      if (stopped(request)) answer(response);
      else proxy.web(request, response);
    });
    baseUrl = await listen(server);
  });
  after(() => server?.close());

  const member = () => ({ displayName: 'Ada', password: 'correct horse 1', places: [WHOLE_TOOL] });
  const join = async () => {
    const adapter = adapterFor(tool, { baseUrl });
    try {
      return await thrownBy(adapter.createMember({ ...member(), email: freshWorkEmail() }));
    } finally {
      await adapter.close();
    }
  };

  const places: [string, (request: IncomingMessage) => boolean][] = [
    ['every request', () => true],
    ['the sign-up page', ({ url }) => url?.startsWith('/user/signup/') ?? false],
    ['the sign-up form', ({ url, method }) => method === 'POST' && (url?.startsWith('/user/signup/') ?? false)],
  ];
  for (const kind of inFrontKinds) {
    for (const [where, isStopped] of places) {
      it(`is named when ${kind} answers ${where}`, async () => {
        [answer, stopped] = [inFrontAnswers[kind], isStopped];
        const refused = await join();
        expect(refused).to.be.instanceOf(ToolRefused);
        expect((refused as ToolRefused).message)
          .to.match(toldInFront('Label Studio', kind))
          .and.not.to.include('secret');
        expect((refused as ToolRefused).remedy).to.include('TOOL_BASE_URL');
      });
    }

    it(`is a failure of doctor when ${kind} answers every request`, async () => {
      [answer, stopped] = [inFrontAnswers[kind], () => true];
      const adapter = adapterFor(tool, { baseUrl });
      const [first] = await adapter.check({ testRemoval: false, linkedProjectIds: [] });
      await adapter.close();
      expect(first).to.include({ result: 'failure' });
      expect(first?.why).to.match(toldInFront('Label Studio', kind));
    });
  }

  it('is not seen in what Label Studio itself refuses', async () => {
    stopped = () => false;
    expect(await isSignUpOpen(baseUrl)).to.equal(false);
    const adapter = adapterFor(tool, { baseUrl });
    const account = await adapter.createMember({ ...member(), email: freshWorkEmail() });
    expect(account.places).to.deep.equal([WHOLE_TOOL]);
    await adapter.close();
  });
});

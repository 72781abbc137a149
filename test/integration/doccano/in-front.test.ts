/** A server that answers in doccano's place, as firewalls and sign-in proxies do. */
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import { pino } from 'pino';
import doccano from '../../../adapters/doccano/index.ts';
import { ToolRefused } from '../../../adapters/errors.ts';
import { listen } from '../../support/http-server.ts';
import { type InFrontKind, inFrontAnswers, inFrontKinds, toldInFront } from '../../support/in-front.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('something in front of doccano', () => {
  let kind: InFrontKind;
  let server: Server;
  let baseUrl: string;
  before(async () => {
    server = createServer((_request, response) => inFrontAnswers[kind](response));
    baseUrl = await listen(server);
  });
  after(() => server?.close());

  for (const one of inFrontKinds) {
    it(`is named when ${one} answers, by doctor too`, async () => {
      kind = one;
      const options = { baseUrl, publicUrl: baseUrl, apiToken: 'a-token', databaseUrl: undefined };
      const adapter = await doccano.createAdapter({ ...options, log: pino({ level: 'silent' }) });
      const refused = await thrownBy(adapter.describe());
      expect(refused).to.be.instanceOf(ToolRefused);
      expect(refused.message).to.match(toldInFront('doccano', one)).and.not.to.include('secret');
      const [first] = await adapter.check({ testRemoval: false, linkedProjectIds: [] });
      expect(first?.result).to.equal('failure');
      expect(first?.why).to.match(toldInFront('doccano', one));
      await adapter.close();
    });
  }
});

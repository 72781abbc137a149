import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import { pino } from 'pino';
import { toolHttp } from '../../../adapters/label-studio/api-client.ts';
import { OpenTrainClient } from '../../../plugin/platform/client.ts';
import { listen } from '../../support/http-server.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('calls in a network with an HTTP proxy', () => {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'NO_PROXY'] as const;
  const before = names.map((name) => [name, process.env[name]] as const);
  let seen: string[];
  let proxy: Server;
  let url: string;

  beforeEach(async () => {
    seen = [];
    proxy = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ projectLinks: [] }));
    });
    proxy.on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url}`);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    url = await listen(proxy);
    for (const name of names) process.env[name] = name === 'NO_PROXY' ? '' : url;
  });

  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    proxy.close();
  });

  const openTrain = (baseUrl: string, proxyUrl: string | undefined) =>
    new OpenTrainClient({
      baseUrl,
      token: async () => 'ot_ptk_x',
      log: pino({ level: 'silent' }),
      wait: async () => undefined,
      proxies: { https: proxyUrl, http: proxyUrl, none: undefined },
    });

  it('go to OpenTrain through the proxy, encrypted from end to end', async () => {
    await thrownBy(openTrain('https://opentrain.test/api', url).projectLinks());
    expect(seen[0]).to.equal('CONNECT opentrain.test:443');
    expect(seen.join()).not.to.include('GET');
  });

  it('go to an http OpenTrain, such as a sandbox, through the proxy with its password', async () => {
    const withPassword = url.replace('://', '://me:p%40ss@');
    await openTrain('http://opentrain.test/api', withPassword).projectLinks();
    const credentials = Buffer.from('me:p@ss').toString('base64');
    expect(seen).to.deep.equal([`GET http://opentrain.test/api/project-links Basic ${credentials}`]);
  });

  it('go to the tool directly, whatever the environment says', async () => {
    await thrownBy((await toolHttp('http://tool.test')).get('/api/version'));
    await thrownBy((await toolHttp('https://tool.test')).get('/api/version'));
    await thrownBy(openTrain('https://opentrain.test/api', undefined).projectLinks());
    expect(seen).to.deep.equal([]);
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const forward = new URL('../../../plugin/gateway/forward.ts', import.meta.url).href;
const MEGABYTES = 400;
/** V8 collects the whole heap for every 15 to 30 MB of buffers that nobody freed. */
const MOST_WHOLE_COLLECTIONS = MEGABYTES / 100;

/** An origin, the gateway's forwarder and a client; logs how many megabytes came and how often the whole heap was collected. */
const program = `
  import { once } from 'node:events';
  import { createServer, get } from 'node:http';
  import { constants, PerformanceObserver } from 'node:perf_hooks';
  import { setImmediate } from 'node:timers/promises';
  import { Forwarder } from ${JSON.stringify(forward)};
  const piece = Buffer.alloc(1024 * 1024);
  const origin = createServer(async (_request, response) => {
    for (let sent = 0; sent < ${MEGABYTES}; sent += 1) if (!response.write(piece)) await once(response, 'drain');
    response.end();
  });
  const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done('http://127.0.0.1:' + server.address().port)));
  const toolUrl = await listen(origin);
  const forwarder = new Forwarder({ toolUrl, toolPublicUrl: toolUrl, publicUrl: 'http://gateway.test', trustsForwardedProto: true });
  const failed = (error) => { throw error; };
  const url = await listen(createServer((request, response) =>
    forwarder.web(request, response, { target: request.url, headers: request.headers, failed })));
  let whole = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) whole += 1;
  });
  observer.observe({ entryTypes: ['gc'] });
  const [answer] = await once(get(url), 'response');
  let bytes = 0;
  for await (const part of answer) bytes += part.length;
  await setImmediate();
  console.log(JSON.stringify({ megabytes: bytes / 1024 / 1024, whole }));
  process.exit(0);`;

describe('a large file through the gateway', function () {
  this.timeout(60_000);

  it('comes whole, and its buffers are freed without collecting the whole heap for them', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    const { megabytes, whole }: { megabytes: number; whole: number } = JSON.parse(stdout);
    expect(megabytes).to.equal(MEGABYTES);
    expect(whole).to.be.at.most(MOST_WHOLE_COLLECTIONS);
  });
});

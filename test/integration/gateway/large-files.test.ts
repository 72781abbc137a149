import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const forward = new URL('../../../plugin/gateway/forward.ts', import.meta.url).href;
const MEGABYTES = 200;
/** On a busy machine V8's helpers may come too late to free buffers; once in a few they do not. */
const ROUNDS = 4;
/** V8 collects the whole heap for every 15 to 30 MB of buffers that nobody freed. */
const MOST_WHOLE_COLLECTIONS = 2;

/** An origin, the gateway's forwarder and a client; logs for each round how many megabytes came and how often the whole heap was collected. */
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
  const rounds = [];
  for (let round = 0; round < ${ROUNDS}; round += 1) {
    whole = 0;
    const [answer] = await once(get(url), 'response');
    let bytes = 0;
    for await (const part of answer) bytes += part.length;
    await setImmediate();
    rounds.push({ megabytes: bytes / 1024 / 1024, whole });
  }
  console.log(JSON.stringify(rounds));
  process.exit(0);`;

describe('a large file through the gateway', function () {
  this.timeout(60_000);

  it('comes whole, and its buffers are freed without collecting the whole heap for them', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    const rounds: { megabytes: number; whole: number }[] = JSON.parse(stdout);
    expect(rounds.map(({ megabytes }) => megabytes)).to.deep.equal(Array(ROUNDS).fill(MEGABYTES));
    expect(Math.min(...rounds.map(({ whole }) => whole))).to.be.at.most(MOST_WHOLE_COLLECTIONS);
  });
});

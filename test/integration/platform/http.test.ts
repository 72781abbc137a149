import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { expect } from 'chai';
import { pino } from 'pino';
import { z } from 'zod';
import { findCounter } from '../../../plugin/audit/counters.ts';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { CLOCK_COUNTER, watchClock } from '../../../plugin/mirror/clock-skew.ts';
import { OpenTrainClient } from '../../../plugin/platform/client.ts';
import type { Drift } from '../../../plugin/platform/drift.ts';
import { OpenTrainRefused, OpenTrainUnavailable } from '../../../plugin/platform/errors.ts';
import { OpenTrainHttp } from '../../../plugin/platform/http.ts';
import { freshStore } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('calls to OpenTrain', () => {
  let server: Server;
  let answers: Answer[];
  let requests: { method: string; path: string; authorization: string | undefined }[];
  let waits: number[];
  let baseUrl: string;
  const log: string[] = [];
  let agents: (string | undefined)[];
  beforeEach(async () => {
    answers = [];
    requests = [];
    waits = [];
    agents = [];
    log.length = 0;
    server = createServer((request, response) => {
      const { method = '', url: path = '', headers } = request;
      agents.push(headers['user-agent']);
      requests.push({ method, path, authorization: headers.authorization });
      request.resume();
      const answer = answers.shift() ?? json(200, {});
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = z.object({ port: z.number() }).parse(server.address());
    baseUrl = `http://127.0.0.1:${port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const json =
    (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
    (_request, response) => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
  const options = (change: Partial<ConstructorParameters<typeof OpenTrainHttp>[0]> = {}) => ({
    baseUrl,
    token: async () => 'ot_ptk_secret',
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    wait: async (milliseconds: number) => void waits.push(milliseconds),
    ...change,
  });
  const get = { method: 'GET', path: '/x', answer: z.object({}), repeatable: true } as const;
  const create = { method: 'POST', path: '/x', body: {}, answer: z.object({}), repeatable: false } as const;

  it('carry the token, and are tried again after 5xx, ever later, a few times at most', async () => {
    answers = [json(500, {}), json(502, {}), json(200, {})];
    await new OpenTrainHttp(options()).send(get);
    expect(requests.map(({ authorization }) => authorization)).to.deep.equal(Array(3).fill('Bearer ot_ptk_secret'));
    expect(waits).to.have.length(2);
    expect(waits[1]).to.be.greaterThan((waits[0] ?? 0) / 2);
    answers = Array.from({ length: 10 }, () => json(503, { error: 'no', code: 'INTERNAL_ERROR', requestId: 'req-7' }));
    const error = await thrownBy(new OpenTrainHttp(options()).send(get));
    expect(error).to.be.instanceOf(OpenTrainUnavailable);
    expect(error.message).to.equal('OpenTrain did not complete GET /x: no (503) (request req-7)');
    expect(requests).to.have.length(3 + 4);
  });

  it('that create something are not repeated after a 5xx or a lost answer: it may have been made', async () => {
    for (const answer of [
      json(500, {}),
      (_request: IncomingMessage, response: ServerResponse) => void response.destroy(),
    ]) {
      requests = [];
      answers = [answer];
      expect(await thrownBy(new OpenTrainHttp(options()).send(create))).to.be.instanceOf(OpenTrainUnavailable);
      expect(requests).to.have.length(1);
    }
  });

  it('that create something are repeated after a 429, which says that nothing was made', async () => {
    answers = [json(429, {}, { 'Retry-After': '2' }), json(200, {})];
    await new OpenTrainHttp(options()).send(create);
    expect(requests).to.have.length(2);
  });

  it('wait as long as Retry-After says, in seconds or as a date', async () => {
    const clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
    const wait = async (milliseconds: number): Promise<void> => {
      waits.push(milliseconds);
      clock.time = new Date(clock.time.getTime() + milliseconds);
    };
    answers = [json(429, {}, { 'Retry-After': '7' }), json(200, {})];
    await new OpenTrainHttp(options({ clock, wait })).send(get);
    expect(waits[0]).to.equal(7_000);
    waits = [];
    answers = [json(503, {}, { 'Retry-After': new Date(clock.time.getTime() + 5_000).toUTCString() }), json(200, {})];
    await new OpenTrainHttp(options({ clock, wait })).send(get);
    expect(waits[0]).to.be.within(4_000, 5_000);
  });

  it('are not held for a long Retry-After: the caller is told, and no other call goes out meanwhile', async () => {
    const clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
    const http = new OpenTrainHttp(options({ clock }));
    answers = [json(429, {}, { 'Retry-After': '3600' })];
    const error = await thrownBy(http.send(get));
    expect(error).to.include({ retryAfterMs: 3_600_000 });
    expect(await thrownBy(http.send({ ...get, path: '/y' }))).to.include({ retryAfterMs: 3_600_000 });
    expect(requests).to.have.length(1);
    clock.time = new Date(clock.time.getTime() + 3_600_001);
    await http.send(get);
    expect(requests).to.have.length(2);
  });

  it('that are refused are told with code and request id, and not repeated', async () => {
    answers = [json(404, { error: 'Contract not found', code: 'NOT_FOUND', requestId: 'req-9' })];
    const error = await thrownBy(new OpenTrainHttp(options()).send(get));
    expect(error).to.be.instanceOf(OpenTrainRefused);
    expect(error).to.include({ status: 404, code: 'NOT_FOUND', requestId: 'req-9' });
    expect(error.message).to.contain('req-9');
    expect(requests).to.have.length(1);
  });

  it('that are forbidden name the scope that the operation needs', async () => {
    answers = [json(403, { error: 'Not allowed', code: 'FORBIDDEN', requestId: 'req_1' })];
    const error = await thrownBy(new OpenTrainClient(options()).submitUsage('ctr_1', []));
    expect(error).to.be.instanceOf(OpenTrainRefused).with.property('scope', 'usage:write');
    expect(error.message).to.contain('it needs the scope usage:write');
  });

  it('follow no redirect: the token would go along', async () => {
    answers = [(_request, response) => void response.writeHead(302, { Location: `${baseUrl}/elsewhere` }).end()];
    expect(await thrownBy(new OpenTrainHttp(options()).send(get))).to.include({ status: 302 });
    expect(requests.map(({ path }) => path)).to.deep.equal(['/x']);
  });

  it('give up on an answer that does not come, or only trickles', async () => {
    const trickle: Answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    };
    for (const answer of [(): void => undefined, trickle]) {
      answers = Array.from({ length: 4 }, () => answer);
      const startedAt = performance.now();
      const error = await thrownBy(new OpenTrainHttp(options({ timeoutMs: 150 })).send(get));
      expect(error.message).to.match(/no answer within 0.15 s/);
      expect(performance.now() - startedAt).to.be.below(4 * 150 + 1_500);
    }
  });

  it('take an answer that is not what the contract says for an outage, not for truth', async () => {
    answers = Array.from({ length: 4 }, () => json(200, { contracts: 'none' }));
    const error = await thrownBy(new OpenTrainClient(options()).contracts({}));
    expect(error).to.be.instanceOf(OpenTrainUnavailable);
    expect(error.message).to.match(/its answer cannot be read/);
  });

  it('lose no readable contract by one that is odd, which is told as drift and asked for once', async () => {
    const good = { id: 'ctr_1', status: 'active', jobId: 'job_1', aNewField: 1 };
    answers = [json(200, { contracts: [good, { ...good, id: 7 }, { ...good, status: 'paused' }] })];
    const drifts: Drift[] = [];
    const client = new OpenTrainClient({ ...options(), onDrift: (drift) => drifts.push(drift) });
    expect((await client.contracts({})).value.map(({ id }) => id)).to.deep.equal(['ctr_1']);
    expect(drifts.map(({ path }) => path)).to.deep.equal(['contracts[1].id', 'contracts[2].status']);
    expect(requests).to.have.length(1);
  });

  it('that submit usage count as accepted when OpenTrain accepted them, whatever the budget in the answer is', async () => {
    const drifts: Drift[] = [];
    const client = new OpenTrainClient({ ...options(), onDrift: (drift) => drifts.push(drift) });
    const entries = [{ workDate: '2031-05-20' }];
    const budget = { contractId: 'ctr_1', paymentType: null, state: 'OK' };
    answers = [
      json(200, { accepted: 1, budget: { ...budget, state: 'FROZEN' } }),
      json(200, { accepted: '1', budget: 'none' }),
      json(200, { accepted: 1, budget }),
    ];
    expect(await client.submitUsage('ctr_1', entries)).to.deep.equal({ accepted: 1, budget: null });
    expect(await client.submitUsage('ctr_1', entries)).to.deep.equal({ accepted: 1, budget: null });
    expect((await client.submitUsage('ctr_1', entries)).budget).to.include({ paymentType: null, state: 'OK' });
    expect(drifts.map(({ path }) => path)).to.deep.equal(['budget.state', 'budget']);
    expect(requests).to.have.length(3);
  });

  it('that meet a web page, a redirect or a 404 of somebody else say so, and never pass for OpenTrain’s 404', async () => {
    const page: Answer = (_request, response) =>
      void response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end('<html>Sign in</html>');
    const foreign: Answer = (_request, response) =>
      void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('no such host');
    const cases: [Answer, RegExp][] = [
      [page, /answers with a web page, not with OpenTrain's API/],
      [foreign, /404 without OpenTrain's error body/],
      [json(404, {}), /404 without OpenTrain's error body/],
      [(_request, response) => void response.writeHead(302, { Location: '/login' }).end(), /redirect \(302\)/],
    ];
    for (const [answer, message] of cases) {
      answers = [answer];
      const error = await thrownBy(new OpenTrainClient(options()).projectLink('plink_1'));
      expect(error).to.be.instanceOf(OpenTrainUnavailable);
      expect(error.message).to.match(message);
    }
    expect(requests, 'one call each').to.have.length(cases.length);
  });

  it('that delete are done only when the answer says so', async () => {
    answers = Array.from({ length: 4 }, () => json(200, {}));
    const error = await thrownBy(new OpenTrainClient(options()).deleteProjectLink('plink_1'));
    expect(error).to.be.instanceOf(OpenTrainUnavailable);
    answers = [json(200, { projectLink: {}, deleted: true })];
    await new OpenTrainClient(options()).deleteProjectLink('plink_1');
  });

  it('that are refused in an odd envelope keep message and request id', async () => {
    answers = [json(409, { error: { message: 'Taken' }, requestId: 'req-3', code: 7 })];
    const error = await thrownBy(new OpenTrainHttp(options()).send(get));
    expect(error).to.be.instanceOf(OpenTrainRefused);
    expect(error).to.include({ status: 409, requestId: 'req-3' });
    expect(error.message).to.contain('Taken');
  });

  it('name the plugin and its version', async () => {
    await new OpenTrainHttp(options({ userAgent: 'opentrain-plugin/1.2.3' })).send(get);
    expect(agents).to.deep.equal(['opentrain-plugin/1.2.3']);
  });

  it('all slow down after a 429 without Retry-After, ever more, and recover', async () => {
    const clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
    const wait = async (milliseconds: number): Promise<void> => {
      waits.push(milliseconds);
      clock.time = new Date(clock.time.getTime() + milliseconds);
    };
    const http = new OpenTrainHttp(options({ clock, wait }));
    answers = [json(429, {}), json(429, {}), json(429, {}), json(200, {})];
    await http.send(get);
    // The clock counts whole milliseconds: what is left of a wait is no wait.
    waits = waits.filter((waited) => waited >= 1);
    expect(waits).to.have.length(3);
    expect(waits[0]).to.be.within(500, 1_000);
    expect(waits[1]).to.be.within(1_000, 2_000);
    expect(waits[2]).to.be.within(2_000, 4_000);
    waits = [];
    await http.send({ ...get, path: '/y' });
    expect(waits.filter((waited) => waited >= 1)).to.deep.equal([]);
  });

  it('never tell the token in an error or the log', async () => {
    answers = [json(500, {}), (_request, response) => void response.destroy(), json(500, {}), json(500, {})];
    const error = await thrownBy(new OpenTrainHttp(options()).send(get));
    expect(JSON.stringify([error, error.message, error.stack, log])).to.not.contain('ot_ptk_secret');
    expect(log).to.not.deep.equal([]);
  });

  it('go out a few at a time, whoever makes them', async () => {
    let open = 0;
    let most = 0;
    answers = Array.from({ length: 30 }, () => (_request: IncomingMessage, response: ServerResponse) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        json(200, {})(_request, response);
      }, 5);
    });
    const http = new OpenTrainHttp(options());
    await Promise.all(Array.from({ length: 30 }, () => http.send(get)));
    expect(most).to.be.within(2, 6);
  });

  it('date what they tell by OpenTrain’s clock, no later than the call began', async () => {
    const clock = { time: new Date('2031-05-20T12:00:00.700Z'), now: () => clock.time };
    answers = [
      (request, response) => {
        clock.time = new Date(clock.time.getTime() + 400);
        json(200, {}, { Date: 'Tue, 20 May 2031 13:00:00 GMT' })(request, response);
      },
    ];
    const { asOf } = await new OpenTrainHttp(options({ clock })).send(get);
    expect(asOf.toISOString()).to.equal('2031-05-20T12:59:59.600Z');
  });

  it('tell when this machine’s clock is more than five minutes off, in the log and where status shows it', async () => {
    const store = await freshStore('sqlite');
    const clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
    const { log: logger } = options();
    const onClockSkew = watchClock({ database: store.database, clock, log: logger });
    const http = new OpenTrainHttp(options({ clock, onClockSkew }));
    answers = [
      json(200, {}, { Date: 'Tue, 20 May 2031 12:00:00 GMT' }),
      json(200, {}, { Date: 'Tue, 20 May 2031 12:06:00 GMT' }),
    ];
    await http.send(get);
    expect(log.join()).to.not.contain('clock');
    await http.send(get);
    await http.send(get);
    const counter = await waitFor('the counter', () => findCounter(store.database, CLOCK_COUNTER));
    expect(counter.count, 'once an hour').to.equal(1);
    expect(counter.last_detail).to.match(/clock is 36\d s behind OpenTrain's: every delivery is refused.*NTP/);
    expect(log.filter((line) => line.includes('every delivery is refused'))).to.have.length(1);
    await store.drop();
  });
});

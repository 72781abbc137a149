import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { DELIVERY_TIMEOUT_MILLISECONDS, RETRY_MINUTES } from '../../../plugin/dev/sandbox/deliveries.ts';
import { eventSchema } from '../../../plugin/dev/sandbox/schemas.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';
import type { ReceivedDelivery } from '../../support/webhook-receiver.ts';

const eventOf = (delivery: ReceivedDelivery) => eventSchema.parse(JSON.parse(delivery.raw.toString()));
const idOf = (delivery: ReceivedDelivery) => String(delivery.headers['x-opentrain-delivery']);

describe('Webhook endpoints in the sandbox', () => {
  let world: SandboxWorld;
  beforeEach(async () => {
    world = await startSandboxWorld();
  });
  afterEach(() => world.close());

  const create = (url: string, eventTypes: unknown = ['contract.started']) =>
    world.call('POST', '/webhook-endpoints', { url, eventTypes });

  it('are created with a secret that is shown then and never again', async () => {
    const { status, body } = await create('https://example.com/hook');
    expect(status).to.equal(201);
    expect(body.secret).to.match(/^whsec_/);
    const { webhookEndpoint } = body;
    expect(webhookEndpoint).to.deep.equal({
      id: webhookEndpoint.id,
      url: 'https://example.com/hook',
      eventTypes: ['contract.started'],
      status: 'ACTIVE',
      createdAt: '2031-05-20T12:00:00.000Z',
      consecutiveFailures: 0,
      disabledAt: null,
      disabledReason: null,
    });
    const one = await world.call('GET', `/webhook-endpoints/${webhookEndpoint.id}`);
    expect(one.body).to.deep.equal({ webhookEndpoint });
    const all = await world.call('GET', '/webhook-endpoints');
    expect(all.body).to.deep.equal({ webhookEndpoints: [webhookEndpoint] });
  });

  it('need https, or http on localhost, and at least one event type that exists', async () => {
    for (const url of ['http://localhost:1/', 'https://example.com']) {
      expect((await create(url)).status, url).to.equal(201);
    }
    for (const url of [
      'http://127.0.0.1:1/',
      'http://[::1]:1/',
      'http://example.com/',
      'http://localhost.example.com/',
      'ftp://localhost/',
      'hook',
      '',
    ]) {
      expect((await create(url)).status, url).to.equal(400);
    }
    for (const eventTypes of [[], ['contract.paused'], 'contract.started', null]) {
      expect((await create('https://example.com/', eventTypes)).status).to.equal(400);
    }
    expect((await world.call('POST', '/webhook-endpoints', { url: 'https://example.com/' })).status).to.equal(400);
  });

  it('change URL, event types and status, keep their secret, and are deleted for good', async () => {
    const { id, secret } = await world.subscribe('contract.started');
    const path = `/webhook-endpoints/${id}`;
    const eventTypes = ['contract.started', 'contract.ended'];
    const changed = await world.call('PATCH', path, { url: `${world.receiver.url}/new`, eventTypes });
    expect(changed.body.webhookEndpoint).to.deep.include({ url: `${world.receiver.url}/new`, eventTypes });
    expect(JSON.stringify(changed.body)).not.to.include(secret);
    const { body } = await world.call('PATCH', path, { status: 'DISABLED' });
    expect(body.webhookEndpoint).to.include({ status: 'DISABLED', disabledAt: '2031-05-20T12:00:00.000Z' });
    const back = await world.call('PATCH', path, { status: 'ACTIVE' });
    expect(back.body.webhookEndpoint).to.include({ status: 'ACTIVE', disabledAt: null, disabledReason: null });
    for (const wrong of [{ url: 'http://example.com/' }, { eventTypes: [] }, { status: 'PAUSED' }]) {
      expect((await world.call('PATCH', path, wrong)).status).to.equal(400);
    }
    expect((await world.call('DELETE', path)).body).to.deep.include({ deleted: true });
    for (const [method, suffix] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/redeliver'],
    ]) {
      expect((await world.call(String(method), `${path}${suffix}`, method === 'GET' ? undefined : {})).status).to.equal(
        404,
      );
    }
  });
});

describe('Webhook deliveries of the sandbox', () => {
  let world: SandboxWorld;
  beforeEach(async () => {
    world = await startSandboxWorld({ deliveryTimeoutMilliseconds: 150 });
  });
  afterEach(() => world.close());

  const endpoint = async (id: string) => (await world.call('GET', `/webhook-endpoints/${id}`)).body.webhookEndpoint;
  const statuses = () => [...world.sandbox.state.deliveries.values()].map((delivery) => delivery.status);
  /** Lets the next retry happen: the wait of the contract, in minutes. */
  const wait = async (minutes: number) => {
    world.sandbox.control.advanceRetries(minutes * 60);
    await world.sandbox.control.settled();
  };
  const failForGood = async () => {
    await world.sandbox.control.settled();
    for (const minutes of RETRY_MINUTES) await wait(minutes);
  };

  it('are signed over the raw bytes with the whole secret and the time of the sandbox', async () => {
    const { secret } = await world.subscribe('contract.started');
    const { contractId, jobId, linkId } = await world.hired();
    await world.sandbox.control.settled();
    const [delivery] = world.receiver.received;
    if (delivery === undefined) throw new Error('nothing was delivered');
    const seconds = Date.UTC(2031, 4, 20, 12) / 1000;
    const mac = createHmac('sha256', secret).update(`${seconds}.`).update(delivery.raw).digest('hex');
    expect(delivery.request).to.equal('POST /hook');
    expect(delivery.headers).to.include({
      'content-type': 'application/json',
      'user-agent': 'OpenTrain-Partner-Webhooks/1.0',
      'x-opentrain-event': 'contract.started',
      'x-opentrain-signature': `t=${seconds},v1=${mac}`,
    });
    expect(idOf(delivery)).to.match(/^whd_/);
    const event = eventOf(delivery);
    expect(event).to.deep.include({ type: 'contract.started', resourceId: contractId, jobId, apiVersion: 'v1' });
    expect(event.data).to.have.keys('contract', 'freelancer', 'projectLink');
    expect(event.data.contract).to.deep.include({ id: contractId, status: 'active', projectLinkIds: [linkId] });
    expect(event.data.freelancer).to.deep.include({ workEmail: 'ada.l@opentrain.work' });
    expect(event.data.projectLink).to.deep.include({ id: linkId });
  });

  it('go only to endpoints that asked for that type and existed when it happened', async () => {
    const { contractId } = await world.hired();
    await world.subscribe('contract.ended');
    await world.hired();
    world.sandbox.control.endContract(contractId);
    await world.sandbox.control.settled();
    expect(world.receiver.received.map((delivery) => eventOf(delivery).type)).to.deep.equal(['contract.ended']);
  });

  it('are tried five times, 1, 5, 30 and 120 minutes after each failure, under the same id, then fail', async () => {
    expect(DELIVERY_TIMEOUT_MILLISECONDS).to.equal(10_000);
    await world.subscribe('contract.started');
    world.receiver.answerWith(() => 500);
    await world.hired();
    await world.sandbox.control.settled();
    for (const [index, minutes] of [1, 5, 30, 120].entries()) {
      await wait(minutes - 0.1);
      expect(world.receiver.received, `before ${minutes} minutes`).to.have.length(index + 1);
      await wait(0.1);
      expect(world.receiver.received, `after ${minutes} minutes`).to.have.length(index + 2);
    }
    await wait(10_000);
    expect(world.receiver.received).to.have.length(5);
    expect(new Set(world.receiver.received.map(idOf)).size).to.equal(1);
    expect(new Set(world.receiver.received.map((delivery) => delivery.raw.toString())).size).to.equal(1);
    expect(statuses()).to.deep.equal(['FAILED']);
  });

  it('are signed anew with the time of each attempt', async () => {
    await world.subscribe('contract.started');
    world.receiver.answerWith((_delivery, index) => (index === 0 ? 503 : 204));
    await world.hired();
    await world.sandbox.control.settled();
    world.clock.time = new Date('2031-05-20T12:01:00Z');
    await wait(1);
    const times = world.receiver.received.map(
      ({ headers }) => /t=(\d+)/.exec(String(headers['x-opentrain-signature']))?.[1],
    );
    expect(Number(times[1]) - Number(times[0])).to.equal(60);
    expect(statuses()).to.deep.equal(['SUCCEEDED']);
  });

  it('fail when the answer takes too long, is a redirect, or nobody listens', async () => {
    await world.subscribe('contract.started');
    world.receiver.answerWith((_delivery, index) => (index === 0 ? null : 302));
    await world.hired();
    await world.sandbox.control.settled();
    await wait(1);
    await world.receiver.close();
    await wait(5);
    const [delivery] = [...world.sandbox.state.deliveries.values()];
    expect(delivery?.attempts.map((attempt) => attempt.status)).to.deep.equal([null, 302, null]);
    expect(delivery?.attempts[0]?.error).to.match(/timeout/i);
    expect(world.receiver.received.map((received) => received.request)).to.deep.equal(['POST /hook', 'POST /hook']);
  });

  it('disable the endpoint after ten failed in a row: what is pending fails, and later events are not queued', async () => {
    const { id } = await world.subscribe('contract.started');
    const { jobId, trainerId } = await world.hired();
    await world.sandbox.control.settled();
    world.receiver.answerWith(() => 500);
    for (let count = 0; count < 9; count += 1) world.sandbox.control.hire({ jobId, trainerId });
    await failForGood();
    expect(await endpoint(id)).to.include({ status: 'ACTIVE', consecutiveFailures: 9 });
    world.sandbox.control.hire({ jobId, trainerId });
    await world.sandbox.control.settled();
    for (const minutes of [1, 5, 30]) await wait(minutes);
    world.sandbox.control.hire({ jobId, trainerId });
    await wait(120);
    const disabled = await endpoint(id);
    expect(disabled).to.include({ status: 'DISABLED', consecutiveFailures: 10 });
    expect(disabled.disabledReason).to.include('10 consecutive');
    expect(statuses().filter((status) => status === 'FAILED')).to.have.length(11);
    const before = world.receiver.received.length;
    world.sandbox.control.hire({ jobId, trainerId });
    await wait(10_000);
    expect(world.receiver.received).to.have.length(before);
    expect(statuses()).to.have.length(12);
  });

  it('start counting failures anew after a success', async () => {
    const { id } = await world.subscribe('contract.started');
    world.receiver.answerWith(() => 500);
    const { jobId, trainerId } = await world.hired();
    await failForGood();
    expect((await endpoint(id)).consecutiveFailures).to.equal(1);
    world.receiver.answerWith(() => 200);
    world.sandbox.control.hire({ jobId, trainerId });
    await world.sandbox.control.settled();
    expect((await endpoint(id)).consecutiveFailures).to.equal(0);
  });

  it('are sent again on request: every failed one, only once the endpoint is active, with five new attempts', async () => {
    const { id } = await world.subscribe('contract.started');
    world.receiver.answerWith(() => 500);
    const { jobId, trainerId } = await world.hired();
    for (let count = 0; count < 9; count += 1) world.sandbox.control.hire({ jobId, trainerId });
    await failForGood();
    expect((await endpoint(id)).status).to.equal('DISABLED');
    const ids = new Set(world.receiver.received.splice(0).map(idOf));
    const requeued = await world.call('POST', `/webhook-endpoints/${id}/redeliver`, {});
    expect(requeued.body).to.include({ requeued: 10 });
    await world.sandbox.control.settled();
    expect(world.receiver.received).to.deep.equal([]);
    world.receiver.answerWith((_delivery, index) => (index === 0 ? 500 : 200));
    const enabled = await world.call('PATCH', `/webhook-endpoints/${id}`, { status: 'ACTIVE' });
    expect(enabled.body.webhookEndpoint.consecutiveFailures).to.equal(0);
    await world.sandbox.control.settled();
    await wait(1);
    expect(world.receiver.received).to.have.length(11);
    expect(new Set(world.receiver.received.map(idOf))).to.deep.equal(ids);
    expect(new Set(statuses())).to.deep.equal(new Set(['SUCCEEDED']));
  });

  it('are sent again by id whatever their status, and an unknown id is a 404', async () => {
    const { id } = await world.subscribe('contract.started');
    await world.hired();
    await world.sandbox.control.settled();
    const [first] = world.receiver.received;
    if (first === undefined) throw new Error('nothing was delivered');
    const path = `/webhook-endpoints/${id}/redeliver`;
    expect((await world.call('POST', path, { deliveryId: idOf(first) })).body.requeued).to.equal(1);
    await world.sandbox.control.settled();
    expect(world.receiver.received.map(idOf)).to.deep.equal([idOf(first), idOf(first)]);
    expect((await world.call('POST', path)).body.requeued).to.equal(0);
    expect((await world.call('POST', path, { deliveryId: 'whd_unknown' })).status).to.equal(404);
  });

  it('that are pending are discarded with their endpoint', async () => {
    const { id } = await world.subscribe('contract.started');
    world.receiver.answerWith(() => 500);
    await world.hired();
    await world.sandbox.control.settled();
    await world.call('DELETE', `/webhook-endpoints/${id}`);
    await wait(10_000);
    expect(world.receiver.received).to.have.length(1);
    expect(statuses()).to.deep.equal(['DISCARDED']);
  });

  it('happen by themselves after the wait, without anybody turning the schedule', async () => {
    await world.subscribe('contract.started');
    world.receiver.answerWith((_delivery, index) => (index === 0 ? 500 : 200));
    await world.hired();
    await world.sandbox.control.settled();
    world.sandbox.control.advanceRetries(59.9);
    expect(world.receiver.received).to.have.length(1);
    for (let tries = 0; world.receiver.received.length < 2 && tries < 200; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(world.receiver.received).to.have.length(2);
  });
});

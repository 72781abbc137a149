import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { z } from 'zod';
import { findCounter } from '../../../plugin/audit/counters.ts';
import { createKeys } from '../../../plugin/keys.ts';
import { signatureHeader } from '../../../plugin/platform/signature.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { saveSecret } from '../../../plugin/store/secrets.ts';
import { latestDeliveries } from '../../../plugin/webhooks/deliveries.ts';
import { endpointSecretName, saveWebhookEndpoint } from '../../../plugin/webhooks/endpoint-rows.ts';
import { LARGEST_BODY_BYTES } from '../../../plugin/webhooks/receiver.ts';
import { refusalCounter } from '../../../plugin/webhooks/refusals.ts';
import { exampleEvent, type ReceiverWorld, SECRET, startReceiver } from '../../support/receiver-world.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`the webhook receiver on ${kind}`, () => {
    let store: FreshStore;
    let world: ReceiverWorld;
    before(async () => {
      store = await freshStore(kind);
      world = await startReceiver(store.database);
    });
    after(async () => {
      await world.close();
      await store.drop();
    });
    beforeEach(async () => {
      await store.database('deliveries').delete();
      await store.database('counters').delete();
      world.clock.time = new Date(world.clock.time.getTime() + 10_000);
    });

    const stored = () => latestDeliveries(store.database, 100);

    it('stores a genuine delivery with its raw body and headers, due at once, before it answers 200', async () => {
      const body = exampleEvent('1001');
      const answer = await world.deliver(body, { id: 'whd_raw' });
      expect(answer.status).to.equal(200);
      expect(JSON.parse(answer.body)).to.deep.equal({ received: true, duplicate: false });
      const [row] = await stored();
      expect(row).to.include({
        id: 'whd_raw',
        event_id: '1001',
        event_type: 'contract.started',
        body,
        finished_at: null,
      });
      expect(row?.due_at).to.equal(world.clock.time.getTime());
      const headers = JSON.parse(row?.headers ?? '{}');
      expect(headers).to.include({ 'X-OpenTrain-Delivery': 'whd_raw', 'Content-Type': 'application/json' });
      expect(headers['X-OpenTrain-Signature']).to.match(/^t=\d+,v1=[0-9a-f]{64}$/);
    });

    it('answers a replay with 200 and stores nothing a second time', async () => {
      expect(JSON.parse((await world.deliver(exampleEvent(), { id: 'whd_1' })).body).duplicate).to.equal(false);
      await store.database('deliveries').update({ outcome: 'done', finished_at: 1, due_at: null });
      const again = await world.deliver(exampleEvent(), { id: 'whd_1' });
      expect(again.status).to.equal(200);
      expect(JSON.parse(again.body).duplicate).to.equal(true);
      expect(await stored()).to.have.length(1);
      expect((await stored())[0]).to.include({ outcome: 'done', due_at: null });
    });

    it('of the same delivery sent many times at once, one is new', async () => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => world.deliver(exampleEvent(), { id: 'whd_same' })),
      );
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(12).fill(200));
      expect(answers.filter(({ body }) => JSON.parse(body).duplicate === false)).to.have.length(1);
      expect(await stored()).to.have.length(1);
    });

    it('refuses a forged one with 401, keeps nothing of it, and counts it where status shows it', async () => {
      const answer = await world.deliver(exampleEvent(), { secret: 'whsec_somebody_elses' });
      expect(answer.status).to.equal(401);
      expect(await stored()).to.deep.equal([]);
      await world.refusals.flush();
      expect(await findCounter(store.database, refusalCounter('signature-forged'))).to.include({ count: 1 });
    });

    it('forged ones, however many, are counted in one write a second', async () => {
      for (let sent = 0; sent < 200; sent += 1) world.refusals.note('signature-forged', 'from 203.0.113.7');
      expect(await findCounter(store.database, refusalCounter('signature-forged'))).to.equal(undefined);
      await world.refusals.flush();
      expect(await findCounter(store.database, refusalCounter('signature-forged'))).to.include({ count: 200 });
    });

    it('refuses a stale one with 401 and says that the clock may be off', async () => {
      const answer = await world.deliver(exampleEvent(), { at: new Date(world.clock.time.getTime() - 301_000) });
      expect(answer.status).to.equal(401);
      expect(answer.body).to.match(/more than 300 s before or after now by this machine's clock/);
      await world.refusals.flush();
      expect((await findCounter(store.database, refusalCounter('signature-stale')))?.count).to.equal(1);
    });

    it('refuses missing and malformed signatures with 401', async () => {
      for (const signature of [{}, { 'X-OpenTrain-Signature': 'v1=00' }]) {
        const headers: Record<string, string> = { 'X-OpenTrain-Delivery': 'whd_x', ...signature };
        expect((await world.send({ body: exampleEvent(), headers })).status).to.equal(401);
      }
      expect(await stored()).to.deep.equal([]);
    });

    it('takes what another process’s new secret has signed a moment after that was stored', async () => {
      const keys = createKeys('a secret for tests only, and nothing else');
      expect((await world.deliver(exampleEvent())).status).to.equal(200);
      await saveSecret(store.database, keys, endpointSecretName('whe_2'), 'whsec_new', world.clock.time);
      const row = { id: 'whe_2', url: 'http://127.0.0.1/', status: 'ACTIVE', created_at: 2, checked_at: 1 };
      await saveWebhookEndpoint(store.database, { ...row, accepted_until: null });
      world.clock.time = new Date(world.clock.time.getTime() + 300);
      expect((await world.deliver(exampleEvent(), { secret: 'whsec_new' })).status).to.equal(200);
    });

    it('takes an old secret until its time is over, and not after', async () => {
      const until = world.clock.time.getTime() + 60_000;
      const keys = createKeys('a secret for tests only, and nothing else');
      await saveSecret(store.database, keys, endpointSecretName('whe_old'), 'whsec_old', world.clock.time);
      const row = { id: 'whe_old', url: 'http://127.0.0.1/', status: 'ACTIVE', created_at: 0, checked_at: 1 };
      await saveWebhookEndpoint(store.database, { ...row, accepted_until: until });
      expect((await world.deliver(exampleEvent(), { secret: 'whsec_old' })).status).to.equal(200);
      world.clock.time = new Date(until + 5_001);
      expect((await world.deliver(exampleEvent(), { secret: 'whsec_old' })).status).to.equal(401);
      expect((await world.deliver(exampleEvent(), { secret: SECRET })).status).to.equal(200);
    });

    it('a secret that cannot be decrypted any more does not make the others useless', async () => {
      const otherKeys = createKeys('another PLUGIN_SECRET than the one that runs');
      await saveSecret(store.database, otherKeys, endpointSecretName('whe_lost'), 'whsec_lost', world.clock.time);
      const row = { id: 'whe_lost', url: 'http://127.0.0.1/', status: 'ACTIVE', created_at: 3, checked_at: 1 };
      await saveWebhookEndpoint(store.database, { ...row, accepted_until: null });
      expect((await world.deliver(exampleEvent())).status).to.equal(200);
    });

    it('refuses a body that is too large with 413, whether its length is told or not', async () => {
      const large = Buffer.alloc(LARGEST_BODY_BYTES + 1, 'x');
      expect((await world.send({ body: large })).status).to.equal(413);
      expect((await world.send({ chunks: [large.subarray(0, 200_000), large.subarray(200_000)] })).status).to.equal(
        413,
      );
    });

    it('refuses what is signed but no JSON object with 400', async () => {
      const bodies = ['', 'contract.started', '{"id":', '[]', '"text"', '7', 'null', '{"id":"1"}\u0000'];
      for (const body of bodies) expect((await world.deliver(body)).status, body).to.equal(400);
      expect(await stored()).to.deep.equal([]);
    });

    it('refuses a signed body in another encoding than UTF-8 with 400', async () => {
      const body = Buffer.from([0x7b, 0x22, 0x69, 0x64, 0x22, 0x3a, 0x22, 0xe9, 0x22, 0x7d]);
      const signature = signatureHeader(SECRET, body, world.clock.time);
      const headers = { 'X-OpenTrain-Signature': signature, 'X-OpenTrain-Delivery': 'whd_latin1' };
      const answer = await world.send({
        body,
        headers: { ...headers, 'Content-Type': 'application/json; charset=latin1' },
      });
      expect(answer.status).to.equal(400);
    });

    it('refuses a delivery without a delivery id, by which it would be recognised, with 400', async () => {
      for (const id of ['', 'x'.repeat(201), 'with space']) {
        expect((await world.deliver(exampleEvent(), { headers: { 'X-OpenTrain-Delivery': id } })).status).to.equal(400);
      }
    });

    it('answers other methods with 405 and says which one it takes', async () => {
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        const answer = await world.send({ method });
        expect(answer.status, method).to.equal(405);
        expect(answer.headers.allow).to.equal('POST');
      }
    });

    it('takes a chunked body, and any Content-Type or none', async () => {
      const body = exampleEvent();
      const signature = { 'X-OpenTrain-Signature': signatureHeader(SECRET, Buffer.from(body), world.clock.time) };
      const types = ['application/json; charset=utf-16', 'text/plain', 'nonsense', 'application/x-www-form-urlencoded'];
      for (const [index, type] of types.entries()) {
        const headers = { ...signature, 'X-OpenTrain-Delivery': `whd_type_${index}`, 'Content-Type': type };
        expect((await world.send({ body, headers })).status, type).to.equal(200);
      }
      const headers = { ...signature, 'X-OpenTrain-Delivery': 'whd_chunked' };
      expect((await world.send({ chunks: [body.slice(0, 5), body.slice(5)], headers })).status).to.equal(200);
    });

    it('decompresses nothing: a compressed body is refused with 415', async () => {
      const compressed = gzipSync(exampleEvent());
      const signature = { 'X-OpenTrain-Signature': signatureHeader(SECRET, compressed, world.clock.time) };
      const headers = { ...signature, 'X-OpenTrain-Delivery': 'whd_gzip' };
      for (const encoding of ['gzip', 'br', 'zstd']) {
        const answer = await world.send({ body: compressed, headers: { ...headers, 'Content-Encoding': encoding } });
        expect(answer.status, encoding).to.equal(415);
      }
    });

    it('stores a genuine event of a shape that it does not know, rather than have the endpoint disabled', async () => {
      const odd = [
        '{}',
        '{"id":7,"type":"contract.paused"}',
        '{"id":{"n":1},"type":["x"]}',
        '{"id":"a\\u0000b","type":"t\\u0000"}',
      ];
      for (const [index, body] of odd.entries()) {
        expect((await world.deliver(body, { id: `whd_odd_${index}` })).status, body).to.equal(200);
      }
      const long = JSON.stringify({ id: 'x'.repeat(10_000), type: 'y'.repeat(10_000), createdAt: 'z' });
      expect((await world.deliver(long)).status).to.equal(200);
      expect(await stored()).to.have.length(odd.length + 1);
    });
  });
}

describe('the webhook receiver without its store', () => {
  it('answers 503 within 2 s when the store refuses connections', async () => {
    const database = openDatabase('postgres://postgres@127.0.0.1:1/none');
    const world = await startReceiver(database, { withSecret: false });
    const startedAt = performance.now();
    expect((await world.deliver(exampleEvent())).status).to.equal(503);
    expect(performance.now() - startedAt).to.be.below(2_000);
    await world.close();
    await database.destroy();
  });

  it('answers 503 within 2 s when the store takes connections and says nothing', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = z.object({ port: z.number() }).parse(silent.address());
    const database = openDatabase(`postgres://postgres@127.0.0.1:${port}/none`);
    const world = await startReceiver(database, { withSecret: false });
    const startedAt = performance.now();
    const answers = await Promise.all([world.deliver(exampleEvent('1')), world.deliver(exampleEvent('2'))]);
    expect(answers.map(({ status }) => status)).to.deep.equal([503, 503]);
    expect(performance.now() - startedAt).to.be.below(2_000);
    await world.close();
    await database.destroy();
    silent.close();
  });

  it('answers 503 within 2 s while another process holds the SQLite file, stores nothing, and works again afterwards', async () => {
    const store = await freshStore('sqlite');
    const world = await startReceiver(store.database);
    const other = openDatabase(store.url);
    const holding = await other.transaction();
    const startedAt = performance.now();
    const refused = await world.deliver(exampleEvent('1'), { id: 'whd_locked' });
    expect(refused.status).to.equal(503);
    expect(performance.now() - startedAt).to.be.below(2_000);
    await holding.rollback();
    expect((await world.deliver(exampleEvent('1'), { id: 'whd_locked' })).status).to.equal(200);
    expect((await latestDeliveries(store.database, 10)).map(({ id }) => id)).to.deep.equal(['whd_locked']);
    await other.destroy();
    await world.close();
    await store.drop();
  });
});

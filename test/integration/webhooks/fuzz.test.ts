/** Half a minute for all of them; FUZZ_RUNS=1000 tries fewer. */
import { Agent, request as sendRequest } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { pino } from 'pino';
import { eventRules } from '../../../plugin/mirror/apply-event.ts';
import { signatureHeader } from '../../../plugin/platform/signature.ts';
import { claimDeliveries } from '../../../plugin/webhooks/deliveries.ts';
import { processDeliveries } from '../../../plugin/webhooks/process-delivery.ts';
import { exampleEvent, type ReceiverWorld, SECRET, startReceiver } from '../../support/receiver-world.ts';
import { type FreshStore, freshStore, type StoreKind, storeKinds } from '../../support/store.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 20_000);
/** SQLite is the default store: most runs go there. */
const SHARES: Record<StoreKind, number> = { sqlite: 0.7, postgres: 0.3 };
const BATCH = 20;

interface Fuzzed {
  body: Bytes;
  headers: Record<string, string>;
  /** Signed with our secret, for this body, at this time. */
  genuine: boolean;
}

type Bytes = Buffer<ArrayBufferLike>;
type Change = (body: Bytes) => Bytes;

/** Words that JSON parsers, databases and people trip over. */
const oddText = fc.oneof(
  fc.constantFrom(
    '\\u0000',
    '\\ud800',
    '"',
    '\\',
    '\u2028',
    '__proto__',
    'constructor',
    '\u{1f600}',
    '\u0000',
    '\ufeff',
    "'; DROP TABLE deliveries; --",
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ maxLength: 3 }).map((text) => text.repeat(400)),
);

const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(
    ([at, byte]): Change =>
      (body) => {
        const changed = Buffer.from(body);
        if (changed.length > 0) changed[at % changed.length] = byte;
        return changed;
      },
  ),
  fc.nat().map(
    (at): Change =>
      (body) =>
        body.subarray(0, at % (body.length + 1)),
  ),
  fc.tuple(fc.nat(), oddText).map(
    ([at, text]): Change =>
      (body) => {
        const place = at % (body.length + 1);
        return Buffer.concat([body.subarray(0, place), Buffer.from(text), body.subarray(place)]);
      },
  ),
  fc.nat({ max: 300_000 }).map(
    (size): Change =>
      (body) =>
        Buffer.concat([body, Buffer.alloc(size, ' ')]),
  ),
);

const events = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 50 }).map((id) => exampleEvent(String(id))) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('contract.ended', 'project_link.removed', 'install.revoked', 'milestone.funded')
      .map((type) => exampleEvent('7', type)),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        id: fc.oneof(oddText, fc.integer(), fc.jsonValue()),
        type: fc.oneof(oddText, fc.constantFrom('contract.started', 'project_link.created'), fc.jsonValue()),
        createdAt: fc.oneof(oddText, fc.jsonValue()),
        resourceId: fc.jsonValue(),
        data: fc.jsonValue(),
      })
      .map((event) => JSON.stringify(event)),
  },
  { weight: 1, arbitrary: fc.json() },
);

const bodies = fc
  .tuple(
    events,
    fc.oneof(
      { weight: 3, arbitrary: fc.constant<Change[]>([]) },
      { weight: 2, arbitrary: fc.array(changes, { minLength: 1, maxLength: 2 }) },
    ),
  )
  .map(([event, mutations]) => mutations.reduce<Bytes>((body, change) => change(body), Buffer.from(event)));

const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});

const fuzzed: fc.Arbitrary<(now: Date) => Fuzzed> = fc
  .record({
    body: bodies,
    signing: fc.constantFrom(
      'genuine',
      'genuine',
      'genuine',
      'other secret',
      'other body',
      'stale',
      'text',
      'none',
      'no prefix',
    ),
    id: fc.oneof({ weight: 1, arbitrary: headerText }, { weight: 6, arbitrary: fc.uuid() }),
    type: headerText,
    contentType: fc.option(
      fc.constantFrom(
        'application/json',
        'text/plain',
        'application/json; charset=utf-7',
        'multipart/form-data; boundary=x',
        '',
      ),
    ),
    encoding: fc.oneof(
      { weight: 9, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constantFrom('gzip', 'identity', 'deflate', 'nonsense') },
    ),
    signature: headerText,
  })
  .map(({ body, signing, id, type, contentType, encoding, signature }) => (now: Date): Fuzzed => {
    const forged: Record<string, string | undefined> = {
      'other secret': signatureHeader('whsec_other', body, now),
      'other body': signatureHeader(SECRET, Buffer.concat([body, Buffer.from(' ')]), now),
      stale: signatureHeader(SECRET, body, new Date(now.getTime() - 400_000)),
      text: signature,
      none: undefined,
      'no prefix': signatureHeader(SECRET.slice('whsec_'.length), body, now),
    };
    const genuine = signing === 'genuine';
    const header = genuine ? signatureHeader(SECRET, body, now) : forged[signing];
    const headers = { 'X-OpenTrain-Delivery': id, 'X-OpenTrain-Event': type };
    return {
      body,
      genuine,
      headers: {
        ...headers,
        ...(header === undefined ? {} : { 'X-OpenTrain-Signature': header }),
        ...(contentType === null ? {} : { 'Content-Type': contentType }),
        ...(encoding === null ? {} : { 'Content-Encoding': encoding }),
      },
    };
  });

for (const kind of storeKinds) {
  describe(`mutated deliveries on ${kind}`, function () {
    this.timeout(30 * 60_000);
    let store: FreshStore;
    let world: ReceiverWorld;
    const agent = new Agent({ keepAlive: true, maxSockets: BATCH });
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    before(async () => {
      process.on('unhandledRejection', note);
      store = await freshStore(kind);
      world = await startReceiver(store.database);
    });
    after(async () => {
      process.removeListener('unhandledRejection', note);
      agent.destroy();
      await world.close();
      await store.drop();
    });

    function send({ body, headers }: Fuzzed): Promise<number> {
      return new Promise((resolve, reject) => {
        const request = sendRequest(world.url, { method: 'POST', headers, agent }, (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
          response.on('error', () => resolve(response.statusCode ?? 0));
        });
        request.on('error', (error: NodeJS.ErrnoException) => {
          // The server may refuse a large body before it has read all of it, and close.
          if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(413);
          else reject(error);
        });
        request.end(body);
      });
    }

    it('are never answered with 5xx, and a forged one is never accepted', async () => {
      let sent = 0;
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fuzzed, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
          const deliveries = batch.map((make) => make(world.clock.time));
          const statuses = await Promise.all(deliveries.map(send));
          for (const [index, status] of statuses.entries()) {
            const delivery = deliveries[index];
            expect(status, delivery?.body.toString('latin1').slice(0, 300)).to.be.within(200, 499);
            if (status === 200) expect(delivery?.genuine).to.equal(true);
            if (status === 200) accepted += 1;
          }
          sent += statuses.length;
        }),
        { numRuns: Math.ceil((RUNS * SHARES[kind]) / BATCH), endOnFailure: true },
      );
      expect(accepted / sent, 'a good part of them got as far as the store').to.be.within(0.1, 0.7);
      expect(unhandled).to.deep.equal([]);
    });

    it('that were accepted are all worked off, whatever they say', async () => {
      const parts = { database: store.database, clock: world.clock, log: pino({ level: 'silent' }) };
      for (;;) {
        const rows = await claimDeliveries(store.database, {
          owner: 'test',
          now: world.clock.time,
          leaseMs: 1_000_000,
          limit: 50,
        });
        if (rows.length === 0) break;
        await processDeliveries({ ...parts, rules: eventRules }, rows);
      }
      const left = await store.database('deliveries').whereNull('finished_at').select('body', 'last_error');
      expect(left.slice(0, 3)).to.deep.equal([]);
      expect(unhandled).to.deep.equal([]);
    });

    it('torn apart at the level of HTTP leave the route serving', async () => {
      const { port } = new URL(world.url);
      const garble = fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 6 }));
      await fc.assert(
        fc.asyncProperty(fc.array(garble, { minLength: 1, maxLength: 4 }), async (garbles) => {
          const body = exampleEvent();
          const head = [
            'POST /webhooks/opentrain HTTP/1.1',
            'Host: x',
            `Content-Length: ${body.length}`,
            'Connection: close',
          ];
          let bytes: Buffer = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
          for (const [at, inserted] of garbles) {
            const place = at % (bytes.length + 1);
            bytes = Buffer.concat([bytes.subarray(0, place), inserted, bytes.subarray(place + inserted.length)]);
          }
          expect(await answerTo(Number(port), bytes)).to.not.match(/^HTTP\/1\.1 5/);
        }),
        { numRuns: Math.ceil(RUNS / 20) },
      );
      expect((await world.deliver(exampleEvent('9999'))).status).to.equal(200);
    });
  });
}

/** The first line of what comes back for these bytes; empty when nothing does. */
function answerTo(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    const done = (): void => {
      socket.destroy();
      resolve(answer.split('\r\n', 1)[0] ?? '');
    };
    socket.setTimeout(2_000, done);
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', done);
    socket.on('error', done);
  });
}

/** Bodies of a trainer's requests that the rules have to read: small and large ones, what is no JSON, and what breaks off. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect } from 'chai';
import { pino } from 'pino';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { useAccessWorld } from '../../support/access-world.ts';
import { type GatewayBefore, gatewayBefore, playedTool } from '../../support/played-tool.ts';

const MEGABYTE = 1024 * 1024;
/** Its rule looks at the body, and at nothing else. */
const PATH = '/api/current-user/hotkeys';

describe('the body of a request through the gateway', () => {
  let before: GatewayBefore;
  /** What the tool was sent. */
  let sent: unknown[];
  /** Who asks, and all else. */
  let timesAsked: number;
  let warnings: string[];

  useAccessWorld('sqlite', async (world) => {
    await world.connect();
    await world.annIsActive();
    sent = [];
    timesAsked = 0;
    warnings = [];
    world.use({ log: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }) });
    const tool = playedTool(world, async (asked, response) => {
      sent.push(await json(asked));
      response.setHeader('Content-Type', 'application/json').end('{}');
    }).on('request', () => {
      timesAsked += 1;
    });
    before = await gatewayBefore(tool, world);
  });
  afterEach(() => before.close());

  const call = (headers: Readonly<Record<string, string>> = {}) =>
    request(before.url + PATH, {
      method: 'PATCH',
      headers: { authorization: 'Token ann', 'content-type': 'application/json', ...headers },
    });
  const send = async (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) => {
    const outgoing = call(headers).end(body);
    const [answer]: IncomingMessage[] = await once(outgoing, 'response');
    return { status: answer?.statusCode, text: Buffer.concat((await answer?.toArray()) ?? []).toString() };
  };
  const ofBytes = (bytes: number) => JSON.stringify({ custom_hotkeys: 'é'.repeat(bytes / 2) });

  for (const [length, headers] of [
    ['of a length that is told', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ] as const) {
    it(`is handed on when it is JSON, small or large, ${length}`, async () => {
      for (const body of ['{"custom_hotkeys":{"a":"ü"}}', ofBytes(3 * MEGABYTE)]) {
        expect((await send(body, headers)).status).to.equal(200);
        expect(sent.pop()).to.deep.equal(JSON.parse(body));
      }
    });
  }

  it('is an empty object when there is nothing in it, of a length that was not told', async () => {
    expect((await send('', { 'transfer-encoding': 'chunked' })).status).to.equal(200);
    expect(sent).to.deep.equal([{}]);
  });

  it('is refused when it is no JSON, or packed, and the client hears it', async () => {
    for (const body of ['{"custom_hotkeys":', '"\xff"', Buffer.from([0x22, 0xff, 0x22])]) {
      expect((await send(body)).status, String(body)).to.equal(403);
    }
    expect((await send('{}', { 'content-encoding': 'gzip' })).status).to.equal(403);
    expect(sent).to.deep.equal([]);
    expect((await send('{}')).status, 'afterwards').to.equal(200);
  });

  it('is refused when it is larger than an annotation can be, and the client hears that too', async () => {
    const { status, text } = await send(ofBytes(17 * MEGABYTE));
    expect(status).to.equal(403);
    expect(text).to.include('too large');
    expect(sent).to.deep.equal([]);
  });

  it('is not handed on when the client breaks off, and nothing waits for the rest', async () => {
    const outgoing = call({ 'content-length': '100' }).on('error', () => undefined);
    outgoing.write('{"custom_hotkeys":');
    await waitFor('the request', () => timesAsked > 0);
    outgoing.destroy();
    await waitFor('the end of it', () => warnings.length > 0);
    expect(sent).to.deep.equal([]);
  });
});

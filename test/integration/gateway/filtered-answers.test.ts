/** Answers of the tool that are filtered on their way to a trainer: in pieces, of unknown length, broken off, and of a kind that no filter reads. */
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fastCheck from 'fast-check';
import { useAccessWorld } from '../../support/access-world.ts';
import { type GatewayBefore, gatewayBefore, playedTool } from '../../support/played-tool.ts';
import { thrownBy } from '../../support/thrown.ts';

const PATH = '/api/projects/1/next';
/** As long as it can be filtered. */
const MOST_BYTES = 32 * 1024 * 1024;

describe('an answer that the gateway filters', () => {
  let before: GatewayBefore;
  let answers: (response: ServerResponse) => unknown;

  useAccessWorld('sqlite', async (world) => {
    await world.connect();
    await world.annIsActive();
    const tool = playedTool(world, (_, response) => {
      answers(response.setHeader('Content-Type', 'application/json'));
    });
    before = await gatewayBefore(tool, world);
  });
  afterEach(() => before.close());

  const ask = async () => {
    const [answer]: IncomingMessage[] = await once(
      get(before.url + PATH, { headers: { authorization: 'Token ann' } }),
      'response',
    );
    const read = async () => Buffer.concat((await answer?.toArray()) ?? []).toString();
    return { status: answer?.statusCode, headers: answer?.headers ?? {}, read };
  };
  /** A task on which somebody else has worked. */
  const task = (text: string) => ({ id: 1, data: { text }, annotations: [{ id: 7, completed_by: 99, result: [] }] });

  it('comes filtered, in whatever pieces the tool sends it, and whether or not it tells the length', async () => {
    const sizes = fastCheck.array(fastCheck.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 8 });
    const text = fastCheck.string({ unit: 'grapheme' });
    await fastCheck.assert(
      fastCheck.asyncProperty(
        text,
        sizes,
        fastCheck.boolean(),
        fastCheck.boolean(),
        async (part, pieces, told, apart) => {
          const whole = task(part.repeat(5_000));
          const bytes = Buffer.from(JSON.stringify(whole));
          answers = async (response) => {
            if (told) response.setHeader('Content-Length', bytes.length);
            for (let at = 0, index = 0; at < bytes.length; index += 1) {
              const size = pieces[index % pieces.length] ?? 1;
              response.write(bytes.subarray(at, at + size));
              at += size;
              if (apart) await setImmediate();
            }
            response.end();
          };
          const { status, headers, read } = await ask();
          const sent = await read();
          expect(status).to.equal(200);
          expect(JSON.parse(sent)).to.deep.equal({ ...whole, annotations: [] });
          expect(Number(headers['content-length'])).to.equal(Buffer.byteLength(sent));
        },
      ),
      { numRuns: 40 },
    );
  });

  const bad: readonly [what: string, answers: (response: ServerResponse) => unknown][] = [
    ['is no JSON', (response) => response.end('<html>')],
    ['is larger than can be filtered', (response) => response.end(`"${'x'.repeat(MOST_BYTES)}"`)],
    ['breaks off before its length is reached', (response) => breakOff(response, { 'Content-Length': 500 })],
    ['breaks off between two chunks', (response) => breakOff(response, {})],
  ];

  async function breakOff(response: ServerResponse, headers: Record<string, number>): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.write(JSON.stringify(task('a secret')).slice(0, 50));
    await setImmediate();
    response.destroy();
  }

  for (const [what, badly] of bad) {
    it(`is not handed on when it ${what}, and the client hears that the tool does not answer`, async () => {
      answers = badly;
      const { status, read } = await ask();
      expect(status).to.equal(502);
      expect(await read()).not.to.include('secret');
    });
  }

  it('comes as it is when it is a refusal, which holds nobody’s work', async () => {
    answers = (response) => response.writeHead(404).end('{"detail":"Not found."}');
    const { status, read } = await ask();
    expect([status, await read()]).to.deep.equal([404, '{"detail":"Not found."}']);
  });

  it('is broken off when it is a refusal that breaks off', async () => {
    answers = async (response) => {
      response.writeHead(404, { 'Content-Length': 500 }).write('{"detail"');
      await setImmediate();
      response.destroy();
    };
    const { status, read } = await ask();
    expect(status).to.equal(404);
    expect(await thrownBy(read())).to.include({ message: 'aborted' });
  });
});

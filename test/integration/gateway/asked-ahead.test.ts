/**
 * A file is asked for at the tool while our store is read: what the tool says is handed on only when the trainer may have it at that moment.
 * The store is held up here as long as a test wants.
 */
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { pino } from 'pino';
import type { Database } from '../../../plugin/store/database.ts';
import type { PreparingClient } from '../../../plugin/store/prepared-rows.ts';
import { type AccessWorld, useAccessWorld } from '../../support/access-world.ts';
import { type GatewayBefore, gatewayBefore, playedTool } from '../../support/played-tool.ts';
import { storeKinds } from '../../support/store.ts';

const FILE = '/data/upload/1/picture.png';
const MINUTE_MS = 60_000;
const PIECE = Buffer.alloc(64 * 1024, 'a secret of project 1 ');

/** What says where a trainer may go waits for this, and fails as it does. */
function heldUp(database: Database, until: () => Promise<void>): Database {
  const { client } = database;
  const preparedRows = async (...asked: Parameters<PreparingClient['preparedRows']>) => {
    await until();
    return client.preparedRows(...asked);
  };
  const late: unknown = Object.create(client, { preparedRows: { value: preparedRows } });
  return new Proxy(database, { get: (target, name) => (name === 'client' ? late : Reflect.get(target, name)) });
}

interface Asked {
  request: IncomingMessage;
  response: ServerResponse;
}

for (const kind of storeKinds) {
  describe(`a file that the gateway asks for ahead (${kind})`, () => {
    let world: AccessWorld;
    let before: GatewayBefore;
    let held: PromiseWithResolvers<void>;
    let warnings: string[];
    /** What the tool was asked, but for who asks. */
    let asked: Asked[];
    let onAsked: (asked: Asked) => void;

    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.connect();
      await world.annIsActive();
      asked = [];
      warnings = [];
      held = Promise.withResolvers();
      held.resolve();
      world.use({
        database: heldUp(world.store.database, () => held.promise),
        log: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }),
      });
      const tool = playedTool(world, (request, response) => {
        asked.push({ request, response });
        onAsked({ request, response });
      });
      before = await gatewayBefore(tool, world);
      onAsked = ({ response }) => void response.end(PIECE);
      expect((await ask(FILE)).status, 'the first time, when nothing is known').to.equal(200);
      asked = [];
    });
    afterEach(async () => {
      held.resolve();
      await before.close();
    });

    const ask = async (path: string, given: RequestInit = {}) => {
      const answer = await fetch(before.url + path, { ...given, headers: { authorization: 'Token ann' } });
      const { status, headers } = answer;
      return { status, headers, body: Buffer.from(await answer.arrayBuffer()) };
    };
    /** Whoever is asked next, and may answer. */
    const nextAsked = (): Promise<Asked> => {
      const { promise, resolve } = Promise.withResolvers<Asked>();
      onAsked = resolve;
      return promise;
    };
    const holdUp = (): void => {
      held = Promise.withResolvers();
      held.promise.catch(() => undefined);
    };
    /** Whether something has come of a promise after many turns of the event loop. */
    async function isSettled(promise: Promise<unknown>): Promise<boolean> {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      promise.then(settle, settle);
      for (let turn = 0; turn < 200; turn += 1) await setImmediate();
      return settled;
    }
    /** Answers for as long as anybody listens; resolves when nobody does. */
    async function answerWithoutEnd({ response }: Asked): Promise<void> {
      const closed = once(response, 'close');
      const more = (): void => {
        while (!response.destroyed && response.write(PIECE));
      };
      response.on('drain', more);
      more();
      await closed;
    }

    it('is handed on when the store has said yes, and not before', async () => {
      holdUp();
      const next = nextAsked();
      const answer = ask(FILE);
      const { request, response } = await next;
      expect(request.headers.authorization).to.equal('Token ann');
      response.writeHead(206, { 'Content-Range': 'bytes 0-9/10', 'Set-Cookie': ['a=1', 'b=2'] }).end(PIECE);
      expect(await isSettled(answer), 'the tool has answered, the store has not').to.equal(false);
      held.resolve();
      const { status, headers, body } = await answer;
      expect(status).to.equal(206);
      expect(headers.get('content-range')).to.equal('bytes 0-9/10');
      expect(headers.getSetCookie()).to.deep.equal(['a=1', 'b=2']);
      expect(body.equals(PIECE)).to.equal(true);
    });

    it('is refused when the contract has ended meanwhile, and the tool is left in the middle of its answer', async () => {
      holdUp();
      const next = nextAsked();
      const answer = ask(FILE);
      const given = answerWithoutEnd(await next);
      await world.end('contract', 'job');
      held.resolve();
      const { status, headers, body } = await answer;
      expect(status).to.equal(403);
      expect(headers.get('set-cookie')).to.equal(null);
      expect(body.toString()).to.not.include('secret');
      await given;
    });

    it('is refused in the same way to a client that expects 100-continue', async () => {
      holdUp();
      const next = nextAsked();
      const headers = { authorization: 'Token ann', expect: '100-continue' };
      const answer = once(get(before.url + FILE, { headers }), 'response');
      const asking = await next;
      // Our own server has told the client to go on.
      expect(asking.request.headers).to.not.have.property('expect');
      const given = answerWithoutEnd(asking);
      await world.end('contract', 'job');
      held.resolve();
      const [{ statusCode }] = await answer;
      expect(statusCode).to.equal(403);
      await given;
    });

    it('is refused in the same way when the tool has not answered yet', async () => {
      holdUp();
      const next = nextAsked();
      const answer = ask(FILE);
      const { response } = await next;
      const closed = once(response, 'close');
      await world.end('contract', 'job');
      held.resolve();
      expect((await answer).status).to.equal(403);
      await closed;
    });

    it('is not even asked for when it would have been refused a moment ago', async () => {
      expect((await ask('/data/upload/2/picture.png')).status, 'of a foreign project').to.equal(403);
      await world.end('contract', 'job');
      expect((await ask(`${FILE}?name=a%2eb`)).status, 'by an address that is written anew').to.equal(403);
      expect((await ask(FILE)).status, 'known as somebody without projects').to.equal(403);
      expect(asked).to.deep.equal([]);
    });

    it('is not asked for ahead when a minute has passed', async () => {
      await world.end('contract', 'job');
      world.later(MINUTE_MS);
      expect((await ask(FILE)).status).to.equal(403);
      expect(asked).to.deep.equal([]);
    });

    it('is asked for ahead only as a file: nothing else, and by nothing but GET', async () => {
      holdUp();
      onAsked = ({ response }) => void response.setHeader('Content-Type', 'application/json').end('{}');
      const requests = [
        ['/api/projects/1/', 'GET'],
        ['/api/projects/1/next', 'GET'],
        ['/projects/1/data', 'GET'],
        [FILE, 'HEAD'],
        [FILE, 'POST'],
        [FILE, 'DELETE'],
        [FILE, 'GET'],
      ] as const;
      const answers = Promise.all(requests.map(([path, method]) => ask(path, { method })));
      expect(await isSettled(answers)).to.equal(false);
      expect(asked.map(({ request }) => `${request.method} ${request.url}`)).to.deep.equal([`GET ${FILE}`]);
      held.resolve();
      expect((await answers).map(({ status }) => status)).to.deep.equal([200, 200, 200, 200, 403, 403, 200]);
    });

    it('is not handed on when the store fails', async () => {
      holdUp();
      const next = nextAsked();
      const answer = ask(FILE);
      const given = answerWithoutEnd(await next);
      held.reject(new Error('the store is away'));
      const { status, body } = await answer;
      expect(status).to.equal(502);
      expect(body.toString()).to.not.include('secret');
      await given;
    });

    it('fails as any other request when the tool breaks off, before the store has answered or after', async () => {
      for (const breakOff of [
        ({ response }: Asked) => void response.destroy(),
        ({ response }: Asked) =>
          void response.writeHead(200, { 'Content-Length': '1000000' }).write(PIECE, () => response.destroy()),
      ]) {
        holdUp();
        const next = nextAsked();
        const answer = ask(FILE);
        breakOff(await next);
        expect(await isSettled(answer)).to.equal(false);
        held.resolve();
        expect((await answer).status).to.equal(503);
      }
    });

    it('is refused, not told to be an outage, when the tool breaks off for somebody who may not have it', async () => {
      holdUp();
      const next = nextAsked();
      const answer = ask(FILE);
      (await next).response.destroy();
      await world.end('contract', 'job');
      expect(await isSettled(answer)).to.equal(false);
      held.resolve();
      expect((await answer).status).to.equal(403);
      expect(warnings.join('\n')).to.equal('');
    });

    it('is asked for no further when the client goes', async () => {
      holdUp();
      const next = nextAsked();
      const going = new AbortController();
      const answer = ask(FILE, { signal: going.signal }).catch((error: unknown) => error);
      const given = answerWithoutEnd(await next);
      going.abort();
      await given;
      await answer;
    });
  });
}

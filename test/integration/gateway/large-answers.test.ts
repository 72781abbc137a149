/** Large bodies through the forwarder: what comes, what a slow or a vanished client does, and what an outage in the middle does. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, request, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import fastCheck from 'fast-check';
import { Forwarder } from '../../../plugin/gateway/forward.ts';
import { listen } from '../../support/http-server.ts';

const MEGABYTE = 1024 * 1024;
const picture = randomBytes(3 * MEGABYTE);

/** Some turns of the event loop: before the tool was asked, while its answer comes, or when it waits to be handed on. */
const turns = fastCheck.integer({ min: 0, max: 30 });

for (const isAskedAhead of [false, true]) {
  describe(`large answers through the gateway${isAskedAhead ? ', asked for before it is known whether they may be handed on' : ''}`, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let tool: TcpServer;
    let server: Server;
    let forwarder: Forwarder;
    let url: string;
    /** What the tool does with a connection that asks. */
    let answers: (socket: Socket) => Promise<unknown>;
    let asking: Socket;
    /** After how many turns of the event loop an answer may be handed on. */
    let allowedAfter = 3;

    const afterTurns = async (): Promise<true> => {
      for (let turn = 0; turn < allowedAfter; turn += 1) await setImmediate();
      return true;
    };
    const head = (bytes: number, more = '') =>
      `HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: ${bytes}\r\n${more}Connection: close\r\n\r\n`;
    const write = async (socket: Socket, piece: Buffer | string) => {
      if (!socket.write(piece)) await once(socket, 'drain');
    };
    const ask = async (): Promise<IncomingMessage> => {
      const [answer] = await once(get(url, { agent }), 'response');
      return answer;
    };
    const whole = async (answer: IncomingMessage) => Buffer.concat(await answer.toArray());
    const digest = (body: Buffer) => createHash('sha256').update(body).digest('hex');

    before(async () => {
      tool = createTcpServer((socket) => {
        asking = socket.on('error', () => undefined);
        // A client that goes makes it fail.
        socket.once('data', () => void answers(socket).catch(() => undefined));
      });
      const toolUrl = await listen(tool);
      const publicUrl = 'http://gateway.test';
      forwarder = new Forwarder({ toolUrl, toolPublicUrl: toolUrl, publicUrl, trustsForwardedProto: true });
      server = createServer((incoming, response) =>
        forwarder.web(incoming, response, {
          ...{ target: incoming.url ?? '/', headers: incoming.headers },
          ...(isAskedAhead ? { allowed: afterTurns() } : {}),
          failed: (error) => response.destroy(error),
        }),
      );
      url = await listen(server);
    });
    after(() => {
      agent.destroy();
      forwarder.close();
      server.close();
      tool.close();
    });

    it('come byte by byte as they were sent, whatever the pieces, one after another on a client’s connection', async () => {
      const sizes = fastCheck.array(fastCheck.integer({ min: 1_500, max: 300_000 }), { minLength: 1, maxLength: 40 });
      const cut = fastCheck.integer({ min: 0, max: 200 });
      await fastCheck.assert(
        fastCheck.asyncProperty(
          sizes,
          cut,
          fastCheck.boolean(),
          turns,
          async (pieces, headBytes, apart, allowedLater) => {
            allowedAfter = allowedLater;
            answers = async (socket) => {
              const bytes = Buffer.concat([Buffer.from(head(picture.length)), picture]);
              await write(socket, bytes.subarray(0, headBytes));
              for (let at = headBytes, index = 0; at < bytes.length; index += 1) {
                const size = pieces[index % pieces.length] ?? 1;
                if (apart) await setImmediate();
                await write(socket, bytes.subarray(at, at + size));
                at += size;
              }
              socket.end();
            };
            const answer = await ask();
            expect(answer.headers).to.include({
              'content-type': 'image/png',
              'content-length': String(picture.length),
            });
            expect(digest(await whole(answer))).to.equal(digest(picture));
          },
        ),
        { numRuns: 60 },
      );
    });

    it('end with the connection where the tool tells no length, as Label Studio does for uploads', async () => {
      const pieces = fastCheck.array(fastCheck.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 12 });
      await fastCheck.assert(
        fastCheck.asyncProperty(pieces, fastCheck.boolean(), turns, async (sizes, apart, allowedLater) => {
          allowedAfter = allowedLater;
          const body = picture.subarray(
            0,
            Math.min(
              picture.length,
              sizes.reduce((sum, size) => sum + size, 0),
            ),
          );
          answers = async (socket) => {
            await write(socket, 'HTTP/1.0 200 OK\r\nContent-Type: image/png\r\n\r\n');
            for (let at = 0, index = 0; at < body.length; at += sizes[index++] ?? body.length) {
              if (apart) await setImmediate();
              await write(socket, body.subarray(at, at + (sizes[index] ?? body.length)));
            }
            socket.end();
          };
          const answer = await ask();
          expect(answer.headers['transfer-encoding']).to.equal('chunked');
          expect(digest(await whole(answer))).to.equal(digest(body));
        }),
        { numRuns: 60 },
      );
    });

    it('that come in chunks come as they are', async () => {
      const chunk = `${MEGABYTE.toString(16)}\r\n`;
      answers = async (socket) => {
        await write(socket, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (const at of [0, 1, 2])
          for (const part of [chunk, picture.subarray(at * MEGABYTE, (at + 1) * MEGABYTE), '\r\n'])
            await write(socket, part);
        socket.end('0\r\n\r\n');
      };
      expect(digest(await whole(await ask()))).to.equal(digest(picture));
    });

    it('are no longer than the tool said', async () => {
      answers = async (socket) => write(socket, Buffer.concat([Buffer.from(head(MEGABYTE)), picture]));
      expect(digest(await whole(await ask()))).to.equal(digest(picture.subarray(0, MEGABYTE)));
    });

    it('come without a body when only the head was asked for', async () => {
      answers = async (socket) => write(socket, head(picture.length));
      const [answer] = await once(request(url, { agent, method: 'HEAD' }).end(), 'response');
      expect(answer.headers['content-length']).to.equal(String(picture.length));
      expect(await whole(answer)).to.have.lengthOf(0);
    });

    it('wait for a client that reads slowly, and are not gathered meanwhile', async () => {
      const megabytes = 300;
      answers = async (socket) => {
        await write(socket, head(megabytes * MEGABYTE));
        for (let sent = 0; sent < megabytes; sent += 1) await write(socket, picture.subarray(0, MEGABYTE));
      };
      const answer = await ask();
      answer.pause();
      const handedOver = () => asking.bytesWritten - asking.writableLength;
      let before = -1;
      while (before !== handedOver()) {
        before = handedOver();
        await setTimeout(200);
      }
      expect(before / MEGABYTE).to.be.within(1, megabytes / 3);
      const sum = createHash('sha256');
      const expected = createHash('sha256');
      for (let sent = 0; sent < megabytes; sent += 1) expected.update(picture.subarray(0, MEGABYTE));
      for await (const piece of answer) sum.update(piece);
      expect(sum.digest('hex')).to.equal(expected.digest('hex'));
    });

    for (const sent of [1_000, MEGABYTE]) {
      it(`are broken off when the tool breaks off after ${sent} bytes`, async () => {
        answers = async (socket) => {
          await write(socket, Buffer.concat([Buffer.from(head(picture.length)), picture.subarray(0, sent)]));
          socket.end();
        };
        const answer = await ask();
        const error: unknown = await whole(answer).catch((reason: unknown) => reason);
        expect(error).to.include({ code: 'ECONNRESET' });
      });
    }

    it('are asked for no further when the client goes', async () => {
      answers = async (socket) => {
        await write(socket, head(300 * MEGABYTE));
        while (!socket.destroyed) await write(socket, picture);
      };
      const answer = await ask();
      await once(answer, 'data');
      const closed = new Promise((done) => asking.once('close', done));
      answer.destroy();
      await closed;
    });
  });
}

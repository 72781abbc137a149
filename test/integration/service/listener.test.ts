/** A listening server between two services, over real connections. */
import { expect } from 'chai';
import { AdminError } from '../../../plugin/errors.ts';
import { Listener } from '../../../plugin/service/listener.ts';
import { askForSocket } from '../../support/web-socket.ts';

const ANYWHERE = { host: '127.0.0.1', port: 0 };
const options = { names: 'PLUGIN_HOST and PLUGIN_PORT' };

describe('a listener', () => {
  let listener: Listener;
  beforeEach(async () => {
    listener = await Listener.open(ANYWHERE, options);
  });
  afterEach(() => listener.close());

  const says = (text: string) => ({
    request: (_request: unknown, response: { end(text: string): void }) => response.end(text),
  });
  const get = async (): Promise<string> => (await fetch(listener.url)).text();

  it('lets who comes early wait until somebody answers', async () => {
    const early = get();
    await new Promise((resolve) => setImmediate(resolve));
    listener.serve(says('one'));
    expect(await early).to.equal('one');
  });

  it('finishes what is under way, and lets who comes then wait for the next one', async () => {
    const begun = Promise.withResolvers<{ end(text: string): void }>();
    listener.serve({ request: (_request, response) => begun.resolve(response) });
    const underWay = get();
    const response = await begun.promise;
    let isIdle = false;
    const held = listener.hold().then(() => {
      isIdle = true;
    });
    const next = get();
    expect(isIdle, 'somebody is still being answered').to.equal(false);
    response.end('the one before');
    expect(await underWay).to.equal('the one before');
    await held;
    listener.serve(says('the next one'));
    expect(await next).to.equal('the next one');
    expect(await get()).to.equal('the next one');
  });

  it('holds at once when nobody is being answered', async () => {
    listener.serve(says('one'));
    expect(await get()).to.equal('one');
    await listener.hold();
    const waiting = get();
    listener.serve(says('two'));
    expect(await waiting).to.equal('two');
  });

  it('closes with somebody waiting, who is told so by the end of the connection', async () => {
    const other = await Listener.open(ANYWHERE, options);
    const waiting = fetch(other.url).then(
      () => 'answered',
      () => 'ended',
    );
    const known = await Promise.race([waiting, new Promise((resolve) => setImmediate(resolve))]);
    expect(known).to.equal(undefined);
    await other.close();
    expect(await waiting).to.equal('ended');
  });

  it('answers who asks for HTTP/2 in HTTP/1.1, and passes on only who asks for a web socket', async () => {
    const other = await Listener.open(ANYWHERE, { ...options, takesWebSockets: true });
    other.serve({
      ...says('in HTTP/1.1'),
      upgrade: (_request, socket) => void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n'),
    });
    expect((await askForSocket(other.url, {}, 'h2c')).body).to.equal('in HTTP/1.1');
    expect((await askForSocket(other.url)).status).to.equal(403);
    await other.close();
    listener.serve(says('one'));
    expect((await askForSocket(listener.url)).body, 'without web sockets').to.equal('one');
  });

  it('tells which settings to change when another program listens there', async () => {
    const { port } = new URL(listener.url);
    const error = await Listener.open({ host: '127.0.0.1', port: Number(port) }, options).catch(
      (wrong: unknown) => wrong,
    );
    expect(error).to.be.instanceOf(AdminError).with.property('remedy', 'Set PLUGIN_HOST and PLUGIN_PORT.');
  });
});

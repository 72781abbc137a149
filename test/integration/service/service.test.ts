import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { freePort } from '../../../plugin/dev/demo/world.ts';
import { signatureHeader } from '../../../plugin/platform/signature.ts';
import { listItems } from '../../../plugin/queue/items.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { latestDeliveries } from '../../../plugin/webhooks/deliveries.ts';
import { type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';
import { createProcessWorld, type ProcessWorld } from '../../support/process-world.ts';
import { exampleEvent } from '../../support/receiver-world.ts';
import { postgresServer, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const OPENTRAIN_GIVES_UP_MS = 10_000;

for (const kind of storeKinds) {
  describe(`a running plugin on ${kind}`, function () {
    this.timeout(90_000);
    let world: ProcessWorld;
    beforeEach(async () => {
      world = await createProcessWorld(kind);
    });
    afterEach(() => world.close());

    it('makes its endpoint, reconciles, and serves: a hire on OpenTrain becomes access without an admin', async () => {
      await world.start();
      await waitFor('the endpoint', () => world.sandbox.state.endpoints.size === 1);
      const { control } = world.sandbox;
      const jobId = await world.linkedJob();
      const { opentrainUserId: trainerId } = control.createTrainer({ displayName: 'Ada L.' });
      control.hire({ jobId, trainerId });
      const database = openDatabase(world.storeUrl);
      await waitFor('the invitation', () =>
        database('invitations').where({ trainer_id: trainerId, state: 'open' }).first(),
      );
      await database.destroy();
    });

    it('stops within 10 s of SIGTERM: what is under way is finished, and nothing stays leased', async () => {
      const running = await world.start();
      await waitFor('the endpoint', () => world.sandbox.state.endpoints.size === 1);
      const [endpoint] = world.sandbox.state.endpoints.values();
      const answer = slowDelivery(world.pluginUrl, endpoint?.secret ?? '');
      await answer.begun;
      const startedAt = performance.now();
      const stopping = running.stop('SIGTERM');
      await waitFor(
        'no more connections to be taken',
        async () => (await fetch(`${world.pluginUrl}/healthz`).catch(() => null)) === null,
      );
      answer.finish();
      expect(await answer.status, 'the delivery that was under way').to.match(/^HTTP\/1\.1 200/);
      expect(await stopping).to.equal(0);
      expect(performance.now() - startedAt).to.be.below(10_000);
      const database = openDatabase(world.storeUrl);
      expect((await latestDeliveries(database, 10)).map(({ id }) => id)).to.include('whd_slow');
      expect((await listItems(database)).filter(({ lease_owner }) => lease_owner !== null)).to.deep.equal([]);
      await database.destroy();
    });

    it('ends with 0 when it is told to stop in the moment in which it first answers', async () => {
      const child = spawn(process.execPath, ['plugin/main.ts', 'start'], {
        env: { ...process.env, ...world.environment },
      });
      const ended = once(child, 'close');
      const answers = async () => (await fetch(`${world.pluginUrl}/healthz`).catch(() => null)) !== null;
      while (!(await answers()) && child.exitCode === null) await new Promise(setImmediate);
      child.kill('SIGTERM');
      expect(await ended).to.deep.equal([0, null]);
    });

    it('is stopped within 10 s even by a request that never ends', async () => {
      const running = await world.start();
      const hanging = connect(Number(new URL(world.pluginUrl).port), '127.0.0.1');
      hanging.write('POST /webhooks/opentrain HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
      hanging.on('error', () => undefined);
      await new Promise((resolve) => hanging.once('connect', resolve));
      const startedAt = performance.now();
      expect(await running.stop('SIGTERM')).to.equal(0);
      expect(performance.now() - startedAt).to.be.below(10_000);
      hanging.destroy();
    });

    it('tells `status` that it runs and how old its regular work is, and is missed as soon as it has stopped', async () => {
      const running = await world.start();
      const life = async () => {
        const { output } = await world.command('status', '--json');
        const status: { life: { running: number; lastDone: object }; problems: { what: string }[] } =
          JSON.parse(output);
        return { ...status.life, what: status.problems.map(({ what }) => what) };
      };
      await waitFor('the first reconcile and sync', async () =>
        Object.values((await life()).lastDone).every((at) => at !== null),
      );
      expect((await life()).running).to.equal(1);
      expect((await life()).what.join()).to.match(/^No project is linked to a job/);
      await running.stop();
      expect((await life()).running).to.equal(0);
      expect((await life()).what[0]).to.match(/^No `opentrain-plugin start` runs on this store/);
    });

    it('keeps an idle connection longer than the 60 s for which a load balancer keeps it', async () => {
      await world.start();
      const kept = (await fetch(`${world.pluginUrl}/healthz`)).headers.get('keep-alive');
      expect(Number(/timeout=(\d+)/.exec(kept ?? '')?.[1])).to.be.greaterThan(60);
    });

    it('lets commands work beside it', async () => {
      await world.start();
      for (const parameters of [
        ['status', '--json'],
        ['reconcile', '--json'],
        ['sync', '--json'],
        ['webhooks', 'list'],
        ['retry', '--list'],
      ]) {
        const { exitCode, errors } = await world.command(...parameters);
        expect([exitCode, errors], parameters.join(' ')).to.deep.equal([0, '']);
      }
    });

    it('lists what keeps failing, work and deliveries, and makes one or all of it due by command', async () => {
      expect((await world.command('migrate')).exitCode).to.equal(0);
      const database = openDatabase(world.storeUrl);
      const later = Date.now() + 3_600_000;
      const failing = { due_at: later, attempts: 7, last_error: 'it is poisoned', failing_since: 1 };
      await database('queue_items').insert({ kind: 'notice', key: 'p 1', requested_at: 1, ...failing });
      await database('deliveries').insert(
        ['whd_1', 'whd_2'].map((id) => ({
          ...{ id, event_id: '1', event_type: 'contract.started', body: '{}', headers: '{}', received_at: 1 },
          ...failing,
        })),
      );
      const { output } = await world.command('retry', '--list', '--json');
      const told = { attempts: 7, error: 'it is poisoned' };
      expect(JSON.parse(output)).to.have.deep.members([
        { kind: 'notice', key: 'p 1', ...told },
        { kind: 'delivery', key: 'whd_1', ...told },
        { kind: 'delivery', key: 'whd_2', ...told },
      ]);
      const stillLater = async () => [
        ...(await database('queue_items').where('due_at', '>=', later).pluck('key')),
        ...(await database('deliveries').where('due_at', '>=', later).pluck('id')),
      ];
      await world.command('retry', 'delivery', 'whd_2');
      expect(await stillLater()).to.deep.equal(['p 1', 'whd_1']);
      await world.command('retry', 'notice', 'p 1');
      expect(await stillLater()).to.deep.equal(['whd_1']);
      expect((await world.command('retry')).output).to.equal('Due now: pieces of work 1, deliveries 2.\n');
      expect(await stillLater()).to.deep.equal([]);
      await database('queue_items').update({ due_at: later });
      const unknown = await world.command('retry', 'notices');
      expect(unknown.exitCode).to.equal(1);
      expect(unknown.errors).to.include('There is no kind of work “notices”.').and.include('delivery, access,');
      expect(await stillLater(), 'nothing was done').to.deep.equal(['p 1']);
      await world.command('retry', 'access');
      expect(await stillLater(), 'only that kind').to.deep.equal(['p 1']);
      await world.command('retry', 'notice');
      expect(await stillLater()).to.deep.equal([]);
      await database.destroy();
    });

    it('refuses a store of a newer version', async () => {
      expect((await world.command('migrate')).exitCode).to.equal(0);
      const database = openDatabase(world.storeUrl);
      await database('schema_migrations').insert({ name: '0099-from-the-future', applied_at: 1 });
      await database.destroy();
      expect((await thrownBy(world.start())).message).to.match(/made by a newer version of the plugin/);
    });

    it('says at its first start what is wrong with the connection, and starts later whatever is down', async () => {
      world.sandbox.control.failRequests({ path: '/installs/current', status: 401, times: 1 });
      expect((await thrownBy(world.start())).message).to.match(/does not accept the token/);
      const first = await world.start();
      await first.stop();
      world.sandbox.control.failRequests({ path: '', status: 503, times: 10_000 });
      const again = await world.start();
      await waitFor('the log', () => again.log().includes('serving all the same'), OPENTRAIN_GIVES_UP_MS);
      await again.stop();
    });
  });
}

describe('a second start', function () {
  this.timeout(90_000);

  it('on the same SQLite file refuses with what to do, and leaves the first one alone', async () => {
    const world = await createProcessWorld('sqlite');
    const first = await world.start();
    const port = String(await freePort());
    const error = await thrownBy(world.start({ PLUGIN_PORT: port }));
    expect(error.message).to.match(/Another `opentrain-plugin start` runs on the store/);
    expect(error.message).to.match(/several replicas need PostgreSQL/);
    expect((await fetch(`${world.pluginUrl}/readyz`)).status).to.equal(200);
    await first.stop('SIGKILL');
    const second = await world.start({ PLUGIN_PORT: port });
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).to.equal(200);
    await second.stop();
    await world.close();
  });

  it('on the same PostgreSQL is a replica', async () => {
    const world = await createProcessWorld('postgres');
    const port = String(await freePort());
    await Promise.all([world.start(), world.start({ PLUGIN_PORT: port })]);
    await waitFor('one endpoint', () => world.sandbox.state.endpoints.size > 0);
    const database = openDatabase(world.storeUrl);
    await waitFor('all to be settled', async () => (await listItems(database)).length === 0);
    expect(world.sandbox.state.endpoints.size).to.equal(1);
    await database.destroy();
    await world.close();
  });
});

describe('readiness', function () {
  this.timeout(90_000);
  let world: ProcessWorld;
  let proxy: FaultyProxy;
  beforeEach(async () => {
    world = await createProcessWorld('postgres');
    proxy = await startFaultyProxy(Number(new URL(postgresServer).port || 5432), Math.random);
  });
  afterEach(async () => {
    await world.close();
    await proxy.close();
  });

  it('tells when the store is away, within 3 s, and when it is back; the process lives on', async () => {
    const url = new URL(world.storeUrl);
    url.port = String(proxy.port);
    await world.start({ DATABASE_URL: url.href });
    const look = async () => {
      const startedAt = performance.now();
      const answer = await fetch(`${world.pluginUrl}/readyz`);
      expect(performance.now() - startedAt).to.be.below(3_000);
      return { status: answer.status, body: JSON.stringify(await answer.json()) };
    };
    expect((await look()).status).to.equal(200);
    for (const mode of ['refuse', 'silent'] as const) {
      proxy.setMode(mode);
      const away = await look();
      expect(away.status, mode).to.equal(503);
      expect(away.body).to.match(/the store cannot be read/);
      expect((await fetch(`${world.pluginUrl}/healthz`)).status).to.equal(200);
      proxy.setMode('pass');
      await waitFor('it to be ready again', async () => (await look()).status === 200);
    }
  });
});

/** A delivery that is sent in two halves. */
function slowDelivery(pluginUrl: string, secret: string) {
  const body = exampleEvent();
  const head = [
    'POST /webhooks/opentrain HTTP/1.1',
    'Host: x',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-OpenTrain-Delivery: whd_slow',
    `X-OpenTrain-Signature: ${signatureHeader(secret, Buffer.from(body), new Date())}`,
  ];
  const socket = connect(Number(new URL(pluginUrl).port), '127.0.0.1');
  let text = '';
  const begun = new Promise<void>((resolve) => {
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`, () => setTimeout(resolve, 100));
  });
  const status = new Promise<string>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('\r\n')) resolve(text.split('\r\n', 1)[0] ?? '');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => resolve(text));
  });
  return { begun, status, finish: () => void socket.write(body.slice(10)) };
}

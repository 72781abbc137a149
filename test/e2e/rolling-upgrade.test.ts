/**
 * A newer version is started beside an older one on the same store, behind one address, while trainers are hired: on PostgreSQL both
 * run for a while; on SQLite the newer one is refused until the older one has ended.
 */
import { connect, createServer, type Server } from 'node:net';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { type Mailbox, recipients, startMailbox } from '../../plugin/dev/demo/mailbox.ts';
import type { Environment, RunningPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { createProcessWorld, type ProcessWorld } from '../support/process-world.ts';
import type { StoreKind } from '../support/store.ts';
import { thrownBy } from '../support/thrown.ts';

const NEWER = resolve(import.meta.dirname, '../support/newer-plugin.ts');
const HIRES = 60;
const SETTLES_WITHIN_MS = 90_000;

describe('a rolling upgrade of two replicas', function () {
  this.timeout(360_000);
  let world: ProcessWorld;
  let mailbox: Mailbox;
  let balancer: Server;

  let older: Environment;
  let newer: Environment;
  let addresses: string[];
  let hiring: NodeJS.Timeout | undefined;

  async function bringUp(kind: StoreKind): Promise<void> {
    world = await createProcessWorld(kind);
    mailbox = await startMailbox();
    expect(await world.command('migrate')).to.include({ exitCode: 0 });
    addresses = [];
    const [olderPort, newerPort, front] = [await freePort(), await freePort(), await freePort()];
    balancer = await balance(front, [olderPort, newerPort]);
    const settings = {
      PLUGIN_PUBLIC_URL: `http://127.0.0.1:${front}`,
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'labels@example.com',
    };
    older = { ...settings, PLUGIN_PORT: String(olderPort) };
    newer = { ...settings, PLUGIN_PORT: String(newerPort) };
  }
  afterEach(async () => {
    clearInterval(hiring);
    balancer?.close();
    await mailbox?.close();
    await world?.close();
  });

  /** Starts the older version, and hires somebody ten times a second until there are enough. */
  async function startUnderTraffic(): Promise<RunningPlugin> {
    const running = await world.start(older);
    await waitFor('the endpoint', () => world.sandbox.state.endpoints.size === 1);
    const jobId = await world.linkedJob();
    const hire = (): void => {
      const workEmail = `trainer-${addresses.length}@opentrain.work`;
      const { opentrainUserId } = world.sandbox.control.createTrainer({ displayName: 'Ada L.', workEmail });
      world.sandbox.control.hire({ jobId, trainerId: opentrainUserId });
      addresses.push(workEmail);
    };
    hiring = setInterval(() => addresses.length < HIRES && hire(), 100);
    await waitFor('traffic', () => mailbox.mails.length >= 5, SETTLES_WITHIN_MS);
    return running;
  }
  async function everyHireIsInvitedOnce(): Promise<void> {
    await waitFor('every hire', () => addresses.length === HIRES, SETTLES_WITHIN_MS);
    await waitFor('every invitation', () => new Set(invited()).size === HIRES, SETTLES_WITHIN_MS);
    expect(invited().sort()).to.deep.equal([...addresses].sort());
    expect(world.sandbox.state.endpoints.size, 'endpoints').to.equal(1);
  }

  it('on PostgreSQL loses no hire under traffic: the older one ends by itself and says why, the newer one carries on', async () => {
    await bringUp('postgres');
    const first = await startUnderTraffic();
    const second = await world.start(newer, NEWER);
    await waitFor('the older version to end', () => first.process.exitCode !== null, SETTLES_WITHIN_MS);
    expect(await first.stop()).to.equal(1);
    expect(first.log()).to.match(/A newer version of the plugin has upgraded the store \(9999-of-the-next-version\)/);
    await everyHireIsInvitedOnce();
    expect(await second.stop()).to.equal(0);
  });

  it('on SQLite refuses the newer one while the older one runs, and loses no hire in the documented order', async () => {
    await bringUp('sqlite');
    const first = await startUnderTraffic();
    const refused = await thrownBy(world.start(newer, NEWER));
    expect(refused.message).to.match(/Another `opentrain-plugin start` runs on the store .*Stop that one first/s);
    expect(first.process.exitCode, 'the older one goes on').to.equal(null);
    expect(await first.stop()).to.equal(0);
    const second = await world.start(newer, NEWER);
    await everyHireIsInvitedOnce();
    expect(await second.stop()).to.equal(0);
    const back = await thrownBy(world.start(older));
    expect(back.message).to.match(/made by a newer version of the plugin: it has 9999-of-the-next-version/);
  });

  const invited = (): string[] => mailbox.mails.flatMap(recipients).filter((address) => address.startsWith('trainer-'));
});

/** As a load balancer does: each connection goes to a replica that says it is ready, the last one first. */
function balance(port: number, replicas: readonly number[]): Promise<Server> {
  const server = createServer(async (client) => {
    client.on('error', () => undefined);
    for (const replica of [...replicas].reverse()) {
      const ready = await fetch(`http://127.0.0.1:${replica}/readyz`).catch(() => null);
      if (!ready?.ok) continue;
      const target = connect(replica, '127.0.0.1');
      target.on('error', () => client.destroy());
      client.on('close', () => target.destroy());
      client.pipe(target).pipe(client);
      return;
    }
    client.destroy();
  });
  return new Promise((settle) => server.listen(port, '127.0.0.1', () => settle(server)));
}

/** A newer version is started beside an older one on the same PostgreSQL store, behind one address, while trainers are hired. */
import { connect, createServer, type Server } from 'node:net';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { type Mailbox, recipients, startMailbox } from '../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { createProcessWorld, type ProcessWorld } from '../support/process-world.ts';

const NEWER = resolve(import.meta.dirname, '../support/newer-plugin.ts');
const HIRES = 60;
const SETTLES_WITHIN_MS = 90_000;

describe('a rolling upgrade of two replicas', function () {
  this.timeout(240_000);
  let world: ProcessWorld;
  let mailbox: Mailbox;
  let balancer: Server;

  before(async () => {
    world = await createProcessWorld('postgres');
    mailbox = await startMailbox();
  });
  after(async () => {
    balancer?.close();
    await mailbox?.close();
    await world?.close();
  });

  it('loses no hire under traffic: the older one ends by itself and says why, the newer one carries on', async () => {
    const [older, newer, front] = [await freePort(), await freePort(), await freePort()];
    balancer = await balance(front, [older, newer]);
    const settings = {
      PLUGIN_PUBLIC_URL: `http://127.0.0.1:${front}`,
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'labels@example.com',
    };
    const first = await world.start({ ...settings, PLUGIN_PORT: String(older) });
    await waitFor('the endpoint', () => world.sandbox.state.endpoints.size === 1);
    const jobId = await world.linkedJob();
    const addresses: string[] = [];
    const hire = (): void => {
      const workEmail = `trainer-${addresses.length}@opentrain.work`;
      const { opentrainUserId } = world.sandbox.control.createTrainer({ displayName: 'Ada L.', workEmail });
      world.sandbox.control.hire({ jobId, trainerId: opentrainUserId });
      addresses.push(workEmail);
    };
    const hiring = setInterval(() => addresses.length < HIRES && hire(), 100);
    await waitFor('traffic', () => mailbox.mails.length >= 5);
    const second = await world.start({ ...settings, PLUGIN_PORT: String(newer) }, NEWER);
    await waitFor('the older version to end', () => first.process.exitCode !== null, SETTLES_WITHIN_MS);
    await waitFor('every hire', () => addresses.length === HIRES, SETTLES_WITHIN_MS);
    clearInterval(hiring);
    expect(await first.stop()).to.equal(1);
    expect(first.log()).to.match(/A newer version of the plugin has upgraded the store \(9999-of-the-next-version\)/);
    await waitFor('every invitation', () => new Set(invited()).size === HIRES, SETTLES_WITHIN_MS);
    expect(invited().sort()).to.deep.equal([...addresses].sort());
    expect(world.sandbox.state.endpoints.size, 'endpoints').to.equal(1);
    expect(await second.stop()).to.equal(0);
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

/** PLUGIN_SECRET is changed as docs/operations.md tells it: what the former one made is accepted meanwhile, and not once it is taken away. */
import { expect } from 'chai';
import { linkIn, type Mailbox, startMailbox } from '../../plugin/dev/demo/mailbox.ts';
import type { Environment, RunningPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { openPage } from '../../plugin/dev/demo/web-form.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { createProcessWorld, type ProcessWorld } from '../support/process-world.ts';
import { storeKinds } from '../support/store.ts';

const FORMER: Environment = { PLUGIN_SECRET: 'the-former-secret-of-this-plugin-0123456789' };
const LATTER: Environment = { PLUGIN_SECRET: 'the-latter-secret-of-this-plugin-9876543210' };
const andStill = (now: Environment, other: Environment): Environment => ({
  ...now,
  PLUGIN_SECRET_PREVIOUS: other.PLUGIN_SECRET ?? '',
});
const MAIL_WITHIN_MS = 60_000;

for (const kind of storeKinds)
  describe(`another PLUGIN_SECRET on ${kind}`, function () {
    this.timeout(240_000);
    let world: ProcessWorld;
    let mailbox: Mailbox;
    let jobId: string;

    before(async () => {
      world = await createProcessWorld(kind);
      mailbox = await startMailbox();
      Object.assign(world.environment, { SMTP_URL: mailbox.url, MAIL_FROM: 'labels@example.com' });
      jobId = await world.linkedJob();
      expect(await world.command('migrate')).to.include({ exitCode: 0 });
    });
    after(async () => {
      await mailbox?.close();
      await world?.close();
    });

    /** Hires somebody and returns the link of their mail, which took a delivery that the plugin accepted. */
    const hire = async (name: string): Promise<string> => {
      const { control, state } = world.sandbox;
      const workEmail = `${name}@opentrain.work`;
      const { opentrainUserId } = control.createTrainer({ displayName: name, workEmail });
      control.hire({ jobId, trainerId: opentrainUserId });
      const link = linkIn(await mailbox.mailTo(workEmail, { timeoutMs: MAIL_WITHIN_MS }), world.pluginUrl);
      await control.settled();
      const delivery = [...state.deliveries.values()].findLast(({ type }) => type === 'contract.started');
      expect(delivery?.attempts.map(({ status }) => status))
        .not.to.include(401)
        .and.not.to.deep.equal([]);
      return link;
    };
    /** Whether the invitation can be accepted on the page that this replica shows. */
    const opens = async (link: string, port = Number(world.environment.PLUGIN_PORT)): Promise<boolean> => {
      const url = new URL(link);
      url.port = String(port);
      return (await openPage(url.href)).html.includes('name="password"');
    };
    const startWith = (secrets: Environment, port?: number): Promise<RunningPlugin> =>
      world.start({ ...secrets, ...(port ? { PLUGIN_PORT: String(port) } : {}) });
    /** Before its secret is stored, a delivery would be refused and tried again. */
    const endpointOf = (plugin: RunningPlugin) =>
      waitFor('the endpoint', () => plugin.log().includes('webhook endpoint checked'), MAIL_WITHIN_MS);

    it('with one process: both are accepted after the restart, the former no longer once it is taken away', async () => {
      const first = await startWith(FORMER);
      await endpointOf(first);
      const ada = await hire('ada');
      expect(await first.stop()).to.equal(0);

      const second = await startWith(andStill(LATTER, FORMER));
      const ben = await hire('ben');
      expect([await opens(ada), await opens(ben)]).to.deep.equal([true, true]);
      expect(await second.stop()).to.equal(0);

      const third = await startWith(LATTER);
      const cleo = await hire('cleo');
      expect([await opens(ada), await opens(ben), await opens(cleo)]).to.deep.equal([false, true, true]);
      expect(await third.stop()).to.equal(0);
      expect(world.sandbox.state.endpoints.size, 'the endpoint and its secret stay').to.equal(1);
    });

    it('that is quite another is told, and leaves what is stored as it is', async () => {
      const wrong = await startWith({ PLUGIN_SECRET: 'a-secret-that-nobody-ever-used-here-000000' });
      await waitFor('what is wrong', () => wrong.log().includes('PLUGIN_SECRET is not the one'), MAIL_WITHIN_MS);
      expect(await wrong.stop()).to.equal(0);
      const right = await startWith(LATTER);
      expect(await opens(await hire('dora'))).to.equal(true);
      expect(await right.stop()).to.equal(0);
      expect(world.sandbox.state.endpoints.size, 'the endpoint and its secret stay').to.equal(1);
    });

    if (kind === 'postgres')
      it('with two replicas, one restarted after the other: every link and delivery is accepted by both at any time', async () => {
        const otherPort = await freePort();
        const mine = Number(world.environment.PLUGIN_PORT);
        const [now, next] = [LATTER, FORMER];
        let replicas = [await startWith(now), await startWith(now, otherPort)];
        const links: string[] = [await hire('eve')];
        for (const secrets of [andStill(now, next), andStill(next, now)]) {
          for (const [index, port] of [mine, otherPort].entries()) {
            expect(await replicas[index]?.stop()).to.equal(0);
            const restarted = await startWith(secrets, port);
            replicas = replicas.map((replica, place) => (place === index ? restarted : replica));
            links.push(await hire(`trainer-${links.length}`));
            for (const link of links)
              expect([await opens(link, mine), await opens(link, otherPort)], link).to.deep.equal([true, true]);
          }
        }
        for (const replica of replicas) expect(await replica.stop()).to.equal(0);
      });
  });

/** Alerts to the webhooks of Slack, Microsoft Teams and Mattermost, through the queue as `start` works it off. */
import { expect } from 'chai';
import { Worker } from '../../../plugin/queue/worker.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { webhookBody } from '../../../plugin/status/alert-webhook.ts';
import { markAlerts } from '../../../plugin/status/alerts.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { type AccessWorld, useAccessWorld } from '../../support/access-world.ts';
import { chatServices, type RunningServices, startChatServices } from '../../support/chat-services.ts';
import { storeKinds } from '../../support/store.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const HOSTILE = 'held <!channel> @all [your bank](https://evil.example) & "x" ‮';

for (const kind of storeKinds) {
  for (const service of chatServices) {
    describe(`alerts to ${service.name} (${kind})`, () => {
      let world: AccessWorld;
      let services: RunningServices;
      useAccessWorld(kind, (opened) => {
        world = opened;
      });
      beforeEach(async () => {
        services = await startChatServices();
        world.useSettings({ ALERT_WEBHOOK_URL: service.url, HTTP_PROXY: services.proxy });
        await world.link('link', 'job', '1');
        await world.hire('contract', 'job', 'ann');
        await hold(HOSTILE);
      });
      afterEach(() => services.close());

      const hold = (usage_problem: string | null) =>
        world.store.database('contracts').where({ id: 'contract' }).update({ usage_problem });

      /** What `start` does every few minutes: marks what is to be told, and works off what is due. */
      async function minutePasses(): Promise<void> {
        await markAlerts(world.context);
        const { context } = world;
        await new Worker({ ...context, handlers: createHandlers(context), role: 'command' }).drain();
      }

      /** Time goes by in so many steps. */
      async function pass(milliseconds: number, steps: number): Promise<void> {
        for (let step = 0; step < steps; step++) {
          world.later(milliseconds / steps);
          await minutePasses();
        }
      }

      const failing = async (): Promise<string[]> =>
        (await readStatus(world.context, 'attention')).problems
          .filter(({ matter }) => matter === 'item-failing')
          .map(({ what, remedy }) => `${what} ${remedy}`);

      it('are taken, with names that call nobody and lead nowhere', async () => {
        await minutePasses();
        expect(services.posts.map((post) => post.service)).to.deep.equal([service.name]);
        const [text] = [JSON.stringify(services.posts[0]?.body)];
        expect(text).to.include('Usage of Title of contract cannot be sent').and.include('plugin.example.com/console');
        expect(text).not.to.match(/\]\(|‮/);
        if (service.name !== 'Microsoft Teams') expect(text).not.to.match(/<!channel>|@all/);
        expect(await failing()).to.deep.equal([]);
      });

      it('are one a day as long as the matter lasts, and none afterwards', async () => {
        await minutePasses();
        await pass(DAY_MS - MINUTE_MS, 8);
        expect(services.posts).to.have.length(1);
        await pass(2 * DAY_MS, 8);
        expect(services.posts).to.have.length(3);
        await hold(null);
        await pass(3 * DAY_MS, 6);
        expect(services.posts).to.have.length(3);
      });

      it('wait as long as the service asks when it is called too often, and `status` says so', async () => {
        services.answer = { status: 429, headers: { 'Retry-After': '3000' }, body: 'rate_limited' };
        await minutePasses();
        services.answer = null;
        expect((await failing()).join())
          .to.include('answered 429')
          .and.include("retry alert-webhook 'usage of contract'");
        await pass(40 * MINUTE_MS, 4);
        expect(services.calls).to.equal(1);
        await pass(10 * MINUTE_MS, 1);
        expect([services.calls, services.posts.length]).to.deep.equal([2, 1]);
        expect(await failing()).to.deep.equal([]);
      });

      it('are tried again, ever more seldom, while the service fails, and taken once when it is back', async () => {
        services.answer = { status: 500, body: 'rollup_error' };
        await minutePasses();
        await pass(120 * MINUTE_MS, 60);
        expect(services.calls).to.be.within(10, 30);
        expect((await failing()).join()).to.include('answered 500');
        services.answer = null;
        await pass(60 * MINUTE_MS, 6);
        expect(services.posts).to.have.length(1);
        expect(await failing()).to.deep.equal([]);
      });

      if (service.name === 'Microsoft Teams') {
        it('are tried again where a retired connector answers 200 and says that Teams refused', async () => {
          services.answer = { status: 200, body: 'Microsoft Teams endpoint returned HTTP error 429 with ContextId x' };
          await minutePasses();
          expect((await failing()).join()).to.include('answered 429');
          services.answer = null;
          await pass(MINUTE_MS, 1);
          expect(services.posts).to.have.length(1);
        });
      }

      it('are tried once a day while the webhook is gone, which `status` says, and not once the matter is over', async () => {
        services.answer = service.gone;
        await minutePasses();
        await pass(DAY_MS - MINUTE_MS, 8);
        expect(services.calls).to.equal(1);
        const [told = ''] = await failing();
        expect(told).to.include(`answered ${service.gone.status}`).and.include('Check ALERT_WEBHOOK_URL');
        expect(told).not.to.include(new URL(service.url).pathname);
        if (service.name === 'Slack') expect(told).to.include('no_service');
        await pass(2 * DAY_MS, 8);
        expect(services.calls).to.equal(3);
        await hold(null);
        await pass(4 * DAY_MS, 8);
        expect(services.calls).to.equal(3);
        expect(await failing()).to.deep.equal([]);
      });

      it('are refused when they are made for another service', async () => {
        const alert = { what: 'What', remedy: 'Remedy' };
        const isTeams = service.name === 'Microsoft Teams';
        const wrong = webhookBody(
          chatServices.find(({ name }) => (name === 'Microsoft Teams') !== isTeams)?.url ?? '',
          alert,
          'https://c',
        );
        expect(service.body.safeParse(wrong).success).to.equal(false);
        expect(service.body.safeParse(webhookBody(service.url, alert, 'https://c')).success).to.equal(true);
      });
    });
  }
}

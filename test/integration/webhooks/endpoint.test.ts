import { expect } from 'chai';
import { createKeys } from '../../../plugin/keys.ts';
import { manifest } from '../../../plugin/manifest.ts';
import { refreshInstall } from '../../../plugin/opentrain/refresh.ts';
import { findCounter } from '../../../plugin/store/counters.ts';
import { endpointSecretName, readSecret } from '../../../plugin/store/secrets.ts';
import { allWebhookEndpoints } from '../../../plugin/store/webhook-endpoints.ts';
import {
  careForEndpoint,
  OLD_SECRET_KEPT_MS,
  receiverUrl,
  redeliverFailed,
  rotateSecret,
} from '../../../plugin/webhooks/endpoint.ts';
import { EndpointSecrets } from '../../../plugin/webhooks/endpoint-secrets.ts';
import { checkSilence, SILENCE_COUNTER } from '../../../plugin/webhooks/silence.ts';
import { createHandlers } from '../../../plugin/work/handlers.ts';
import { CoreWorld } from '../../support/core-world.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts';

const HOUR = 3_600_000;
const TEN_FAILURES = 10;

for (const kind of storeKinds) {
  describe(`our webhook endpoint, with the store on ${kind}`, () => {
    let store: FreshStore;
    let receiver: WebhookReceiver;
    let world: CoreWorld;
    before(async () => {
      store = await freshStore(kind);
      receiver = await startWebhookReceiver();
    });
    after(async () => {
      await receiver.close();
      await store.drop();
    });
    beforeEach(async () => {
      receiver.received.length = 0;
      receiver.answerWith(() => 200);
      world = await CoreWorld.open(store, { settings: { PLUGIN_PUBLIC_URL: new URL(receiver.url).origin } });
    });
    afterEach(() => world.close());

    const atOpenTrain = () => [...world.sandbox.state.endpoints.values()];
    const secretOf = (id: string) => readSecret(world.context.database, world.context.keys, endpointSecretName(id));
    const care = () => careForEndpoint(world.context);
    const work = () => createHandlers(world.context);

    it('is made with every event that we need, and its secret is kept encrypted', async () => {
      const { done, recovered } = await care();
      expect([done, recovered]).to.deep.equal([['made'], true]);
      const [endpoint, ...others] = atOpenTrain();
      expect(others).to.deep.equal([]);
      expect(endpoint?.url).to.equal(receiverUrl(world.context));
      expect(endpoint?.eventTypes).to.have.members(manifest.events.map(({ type }) => type));
      expect(await secretOf(endpoint?.id ?? '')).to.equal(endpoint?.secret);
      const stored = JSON.stringify(await world.context.database('secrets').select('*'));
      expect(stored).to.not.contain(endpoint?.secret);
    });

    it('is left alone when all is right', async () => {
      await care();
      expect(await care()).to.deep.include({ done: [], recovered: false });
      expect(world.sandbox.control.countRequests({ method: 'PATCH' })).to.equal(0);
      expect(world.sandbox.control.countRequests({ method: 'POST', path: 'redeliver' })).to.equal(0);
      expect(atOpenTrain()).to.have.length(1);
    });

    it('gets its URL and its events corrected', async () => {
      const { endpoint } = await care();
      await world.context.openTrain.updateWebhookEndpoint(endpoint.id, {
        url: 'https://old.example/x',
        eventTypes: ['contract.started'],
      });
      const { done, recovered } = await care();
      expect(done).to.deep.equal(['URL changed from https://old.example/x', 'event types completed']);
      expect(recovered).to.equal(true);
      expect(atOpenTrain()[0]).to.include({ url: receiverUrl(world.context), id: endpoint.id });
      expect(atOpenTrain()[0]?.eventTypes).to.have.members(manifest.events.map(({ type }) => type));
    });

    it('that was DISABLED is enabled again, failed deliveries come again, and everything is read again', async () => {
      await care();
      const { jobId } = await world.linkedJob();
      await world.sandbox.control.settled();
      receiver.answerWith(() => 500);
      for (let index = 0; index < TEN_FAILURES; index += 1) world.hire(jobId, `Trainer ${index}`);
      for (let attempt = 0; attempt < 5; attempt += 1) {
        await world.sandbox.control.settled();
        world.sandbox.control.advanceRetries(3 * 3_600);
      }
      await world.sandbox.control.settled();
      expect(atOpenTrain()[0]?.status).to.equal('DISABLED');
      receiver.answerWith(() => 200);
      receiver.received.length = 0;
      await work().endpoint?.run('check', { cause: 'timer' });
      expect(atOpenTrain()[0]).to.include({ status: 'ACTIVE' });
      await world.sandbox.control.settled();
      expect(receiver.received).to.have.length(TEN_FAILURES);
      expect(await world.due()).to.include('reconcile all');
      expect((await allWebhookEndpoints(world.context.database))[0]?.status).to.equal('ACTIVE');
    });

    it('that is active but lost deliveries for good gets them sent again', async () => {
      await care();
      const { jobId } = await world.linkedJob();
      await world.sandbox.control.settled();
      receiver.answerWith(() => 500);
      world.hire(jobId);
      for (let attempt = 0; attempt < 5; attempt += 1) {
        await world.sandbox.control.settled();
        world.sandbox.control.advanceRetries(3 * 3_600);
      }
      await world.sandbox.control.settled();
      expect(atOpenTrain()[0]).to.include({ status: 'ACTIVE', consecutiveFailures: 1 });
      receiver.answerWith(() => 200);
      const { done, recovered } = await care();
      expect([done, recovered]).to.deep.equal([['1 failed deliveries asked for again'], true]);
    });

    it('that somebody deleted is made again', async () => {
      const { endpoint } = await care();
      await world.context.openTrain.deleteWebhookEndpoint(endpoint.id);
      expect((await care()).done).to.deep.equal(['made']);
      expect(atOpenTrain()).to.have.length(1);
      expect((await allWebhookEndpoints(world.context.database)).map(({ id }) => id)).to.deep.equal([
        atOpenTrain()[0]?.id,
      ]);
      expect(await secretOf(endpoint.id)).to.equal(null);
    });

    it('whose secret was lost is replaced', async () => {
      const { endpoint } = await care();
      await world.context.database('secrets').delete();
      expect((await care()).done).to.deep.equal(['replaced: its secret was lost']);
      expect(atOpenTrain()).to.have.length(1);
      expect(atOpenTrain()[0]?.id).to.not.equal(endpoint.id);
      expect(await secretOf(atOpenTrain()[0]?.id ?? '')).to.equal(atOpenTrain()[0]?.secret);
    });

    it('after the store was lost, is made anew, and the one that nobody knows any more goes', async () => {
      const { endpoint } = await care();
      for (const table of ['webhook_endpoints', 'secrets']) await world.context.database(table).delete();
      world.later(HOUR);
      const { done } = await care();
      expect(done).to.deep.equal(['made', `${endpoint.id} removed: nobody knows its secret`]);
      expect(atOpenTrain()).to.have.length(1);
    });

    it('that another process of ours is making at this moment is not taken for a stray', async () => {
      await care();
      const { endpoint } = await world.context.openTrain.createWebhookEndpoint(receiverUrl(world.context), [
        'contract.started',
      ]);
      world.later(60_000);
      await care();
      expect(atOpenTrain().map(({ id }) => id)).to.include(endpoint.id);
      world.later(HOUR);
      await care();
      expect(atOpenTrain().map(({ id }) => id)).to.not.include(endpoint.id);
    });

    it('of somebody else is left alone', async () => {
      await world.context.openTrain.createWebhookEndpoint('https://elsewhere.example/hook', ['contract.started']);
      await care();
      world.later(HOUR);
      await care();
      expect(atOpenTrain().map(({ url }) => url)).to.deep.equal([
        'https://elsewhere.example/hook',
        receiverUrl(world.context),
      ]);
    });

    it('with a new secret: both are accepted, events come to both, and the old one goes when its retries are over', async () => {
      const { endpoint: old } = await care();
      const { endpoint, retiring } = await rotateSecret(world.context);
      expect(retiring).to.deep.equal([old.id]);
      const secrets = new EndpointSecrets(world.context);
      expect(await secrets.accepted()).to.have.members(atOpenTrain().map(({ secret }) => secret));
      expect(atOpenTrain()).to.have.length(2);
      await care();
      expect(atOpenTrain(), 'care leaves the retiring one alone').to.have.length(2);
      const retire = await world.workRow('endpoint-retire', old.id);
      expect(retire?.due_at).to.equal(world.clock.time.getTime() + OLD_SECRET_KEPT_MS);
      world.later(OLD_SECRET_KEPT_MS);
      await work()['endpoint-retire']?.run(old.id, {});
      expect(atOpenTrain().map(({ id }) => id)).to.deep.equal([endpoint.id]);
      expect(await secrets.accepted()).to.deep.equal([atOpenTrain()[0]?.secret]);
      expect(await secretOf(old.id)).to.equal(null);
    });

    it('when the current one is deleted while the old one retires, is made again', async () => {
      await care();
      const { endpoint } = await rotateSecret(world.context);
      await world.context.openTrain.deleteWebhookEndpoint(endpoint.id);
      expect((await care()).done).to.deep.equal(['made']);
      const rows = await allWebhookEndpoints(world.context.database);
      expect(rows.filter(({ accepted_until }) => accepted_until === null)).to.have.length(1);
    });

    it('made by hand is enabled again too, and never doubled', async () => {
      const byHand = await CoreWorld.open(store, {
        settings: { PLUGIN_PUBLIC_URL: new URL(receiver.url).origin, OPENTRAIN_WEBHOOK_SECRET: 'whsec_by_hand' },
      });
      const error = await thrownBy(careForEndpoint(byHand.context));
      expect(error.message).to.match(/no webhook endpoint at OpenTrain posts to/);
      const types = manifest.events.map(({ type }) => type);
      const { endpoint } = await byHand.context.openTrain.createWebhookEndpoint(receiverUrl(byHand.context), types);
      await byHand.context.openTrain.updateWebhookEndpoint(endpoint.id, { status: 'DISABLED' });
      expect((await careForEndpoint(byHand.context)).done).to.deep.equal([
        'enabled again (it was disabled: Disabled through the API)',
      ]);
      expect(await new EndpointSecrets(byHand.context).accepted()).to.deep.equal(['whsec_by_hand']);
      expect([...byHand.sandbox.state.endpoints.values()].map(({ id, status }) => [id, status])).to.deep.equal([
        [endpoint.id, 'ACTIVE'],
      ]);
      expect((await thrownBy(rotateSecret(byHand.context))).message).to.match(/made by hand/);
      await byHand.close();
    });

    it('on a public http address is refused with what to do', async () => {
      const open = await CoreWorld.open(store, { settings: { PLUGIN_PUBLIC_URL: 'http://plugin.example' } });
      expect((await thrownBy(careForEndpoint(open.context))).message).to.match(/OpenTrain only posts to https/);
      await open.close();
    });

    it('of which the secret was stored with another PLUGIN_SECRET is not thrown away for a mistyped setting', async () => {
      await care();
      const mistyped = { ...world.context, keys: createKeys('not the secret that it was stored with') };
      expect((await thrownBy(careForEndpoint(mistyped))).message).to.match(/PLUGIN_SECRET is not the one/);
      expect(atOpenTrain()).to.have.length(1);
    });

    it('is asked for its failed deliveries by command', async () => {
      expect(await redeliverFailed(world.context)).to.equal(0);
      await care();
      expect(await redeliverFailed(world.context)).to.equal(0);
      expect(world.sandbox.control.countRequests({ path: 'redeliver' })).to.equal(1);
    });

    describe('and silence', () => {
      beforeEach(async () => {
        await refreshInstall(world.context);
        const { jobId } = await world.linkedJob();
        world.hire(jobId);
        await world.deliver(world.lastEvent('contract.started'));
        await world.forgetWork();
      });

      it('for a day while contracts run: endpoint and state are looked at, once a day', async () => {
        world.later(23 * HOUR);
        expect(await checkSilence(world.context)).to.equal(false);
        expect(await world.due()).to.deep.equal([]);
        world.later(HOUR);
        expect(await checkSilence(world.context)).to.equal(true);
        expect(await world.due()).to.deep.equal(['endpoint check', 'reconcile all']);
        expect((await findCounter(world.context.database, SILENCE_COUNTER))?.count).to.equal(1);
        expect(await checkSilence(world.context)).to.equal(false);
        world.later(24 * HOUR);
        expect(await checkSilence(world.context)).to.equal(true);
      });

      it('finds an endpoint that was disabled, and brings back what was missed', async () => {
        const { endpoint } = await care();
        await world.context.openTrain.updateWebhookEndpoint(endpoint.id, { status: 'DISABLED' });
        world.later(25 * HOUR);
        expect(await checkSilence(world.context)).to.equal(true);
        await work().endpoint?.run('check', {});
        expect(atOpenTrain()[0]?.status).to.equal('ACTIVE');
      });

      it('is no wonder without contracts, or while disconnected', async () => {
        world.later(25 * HOUR);
        await world.context.database('contracts').update({ status: 'ended' });
        expect(await checkSilence(world.context)).to.equal(false);
        await world.context.database('contracts').update({ status: 'active' });
        await world.context.database('installs').update({ status: 'disconnected' });
        expect(await checkSilence(world.context)).to.equal(false);
      });
    });
  });
}

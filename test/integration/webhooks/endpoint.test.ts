import { expect } from 'chai';
import sinon from 'sinon';
import { refreshInstall } from '../../../plugin/mirror/refresh.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { manifest } from '../../../plugin/settings/manifest.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { readSecret } from '../../../plugin/store/secrets.ts';
import { careForEndpoint, receiverUrl, redeliverFailed, rotateSecret } from '../../../plugin/webhooks/endpoint.ts';
import { allWebhookEndpoints, endpointSecretName } from '../../../plugin/webhooks/endpoint-rows.ts';
import { EndpointSecrets } from '../../../plugin/webhooks/endpoint-secrets.ts';
import { CoreWorld } from '../../support/core-world.ts';
import { disableAfterFailures, useEndpointWorld } from '../../support/endpoint-world.ts';
import { type FreshStore, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';
import type { WebhookReceiver } from '../../support/webhook-receiver.ts';

const HOUR = 3_600_000;
const TEN_FAILURES = 10;

for (const kind of storeKinds) {
  describe(`our webhook endpoint, with the store on ${kind}`, () => {
    let world: CoreWorld;
    let receiver: WebhookReceiver;
    let store: FreshStore;
    useEndpointWorld(kind, (...opened) => {
      [world, receiver, store] = opened;
    });

    const atOpenTrain = () => [...world.sandbox.state.endpoints.values()];
    const secretOf = (id: string) => readSecret(world.context.database, world.context.keys, endpointSecretName(id));
    const care = () => careForEndpoint(world.context);
    const work = () => createHandlers(world.context);
    /** All five attempts at what is on its way. */
    async function failForGood(): Promise<void> {
      for (let attempt = 0; attempt < 5; attempt += 1) {
        await world.sandbox.control.settled();
        world.sandbox.control.advanceRetries(3 * 3_600);
      }
      await world.sandbox.control.settled();
    }

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
      await failForGood();
      expect(atOpenTrain()[0]?.status).to.equal('DISABLED');
      receiver.answerWith(() => 200);
      receiver.received.length = 0;
      await work().endpoint?.run('check', '{"cause":"timer"}', new AbortController().signal);
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
      await failForGood();
      expect(atOpenTrain()[0]).to.include({ status: 'ACTIVE', consecutiveFailures: 1 });
      receiver.answerWith(() => 200);
      const { done, recovered } = await care();
      expect([done, recovered]).to.deep.equal([['1 failed deliveries asked for again'], true]);
    });

    it('that a person paused stays paused, and is said, until a person enables it', async () => {
      const { endpoint } = await care();
      await world.context.openTrain.updateWebhookEndpoint(endpoint.id, {
        status: 'DISABLED',
        url: 'https://old.example/x',
      });
      await world.forgetItems();
      await care();
      expect(await care()).to.deep.include({ done: [], recovered: false });
      expect(atOpenTrain()[0]).to.include({ status: 'DISABLED', url: receiverUrl(world.context) });
      expect((await allWebhookEndpoints(world.context.database))[0]?.status).to.equal('PAUSED');
      await refreshInstall(world.context);
      expect((await readStatus(world.context)).problems.map(({ what }) => what)).to.satisfy((whats: string[]) =>
        whats.some((what) => /^Somebody paused the webhook endpoint/.test(what)),
      );
      await world.context.openTrain.updateWebhookEndpoint(endpoint.id, { status: 'ACTIVE' });
      await world.forgetItems();
      expect((await care()).recovered, 'what was missed is read').to.equal(true);
      expect(await world.due()).to.deep.equal(['reconcile all']);
    });

    it('that a person paused is enabled by an admin’s word', async () => {
      const { endpoint } = await care();
      await world.context.openTrain.updateWebhookEndpoint(endpoint.id, { status: 'DISABLED' });
      expect((await careForEndpoint(world.context, { resume: true })).recovered).to.equal(true);
      expect(atOpenTrain()[0]?.status).to.equal('ACTIVE');
    });

    it('whose repair was cut off half-way is brought to the end by the next look', async () => {
      await care();
      const { jobId } = await world.linkedJob();
      await world.sandbox.control.settled();
      receiver.answerWith(() => 500);
      world.hire(jobId);
      await failForGood();
      disableAfterFailures(world);
      receiver.answerWith(() => 200);
      receiver.received.length = 0;
      await world.forgetItems();
      const cutOff = sinon.stub(world.context.openTrain, 'redeliver').rejects(new Error('the process was killed'));
      await thrownBy(care());
      cutOff.restore();
      expect(atOpenTrain()[0], 'only this much was done').to.include({ status: 'ACTIVE', consecutiveFailures: 0 });
      expect(await world.due()).to.deep.equal([]);
      expect((await care()).recovered).to.equal(true);
      await world.sandbox.control.settled();
      expect(receiver.received).to.have.length(1);
      expect(await world.due()).to.deep.equal(['reconcile all']);
      expect((await care()).recovered, 'once').to.equal(false);
    });

    it('that two processes made at the same moment is one again: the newest stays, the other one retires', async () => {
      const { endpoint: first } = await care();
      const { endpoint } = await rotateSecret(world.context);
      await world.context.database('webhook_endpoints').update({ accepted_until: null });
      await world.context.database('webhook_endpoints').where({ id: endpoint.id }).increment('created_at', 1_000);
      await world.forgetItems();
      expect((await care()).done).to.deep.equal([`${first.id} retires: one endpoint is enough`]);
      const rows = await allWebhookEndpoints(world.context.database);
      expect(rows.filter(({ accepted_until }) => accepted_until === null).map(({ id }) => id)).to.deep.equal([
        endpoint.id,
      ]);
      expect(await world.queueItem('endpoint-retire', first.id)).to.not.equal(undefined);
      expect(await care()).to.deep.include({ done: [], recovered: false });
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

    it('made by hand is enabled again too, and never doubled', async () => {
      const byHand = await CoreWorld.open(store, {
        settings: { PLUGIN_PUBLIC_URL: new URL(receiver.url).origin, OPENTRAIN_WEBHOOK_SECRET: 'whsec_by_hand' },
      });
      const error = await thrownBy(careForEndpoint(byHand.context));
      expect(error.message).to.match(/no webhook endpoint at OpenTrain posts to/);
      const types = manifest.events.map(({ type }) => type);
      const { endpoint } = await byHand.context.openTrain.createWebhookEndpoint(receiverUrl(byHand.context), types);
      disableAfterFailures(byHand);
      expect((await careForEndpoint(byHand.context)).done).to.deep.equal([
        'enabled again (it was disabled: 10 consecutive failed deliveries)',
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

    it('is asked for its failed deliveries by command', async () => {
      expect(await redeliverFailed(world.context)).to.equal(0);
      await care();
      expect(await redeliverFailed(world.context)).to.equal(0);
      expect(world.sandbox.control.countRequests({ path: 'redeliver' })).to.equal(1);
    });
  });
}

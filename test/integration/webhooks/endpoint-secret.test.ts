import { expect } from 'chai';
import { createKeys } from '../../../plugin/keys.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { readSecret } from '../../../plugin/store/secrets.ts';
import { careForEndpoint, OLD_SECRET_KEPT_MS, rotateSecret } from '../../../plugin/webhooks/endpoint.ts';
import { allWebhookEndpoints, endpointSecretName } from '../../../plugin/webhooks/endpoint-rows.ts';
import { EndpointSecrets } from '../../../plugin/webhooks/endpoint-secrets.ts';
import type { CoreWorld } from '../../support/core-world.ts';
import { useEndpointWorld } from '../../support/endpoint-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

for (const kind of storeKinds) {
  describe(`our webhook endpoint and its secret, with the store on ${kind}`, () => {
    let world: CoreWorld;
    useEndpointWorld(kind, (opened) => {
      world = opened;
    });

    const atOpenTrain = () => [...world.sandbox.state.endpoints.values()];
    const secretOf = (id: string) => readSecret(world.context.database, world.context.keys, endpointSecretName(id));
    const care = () => careForEndpoint(world.context);
    const work = () => createHandlers(world.context);

    it('whose secret was lost is replaced', async () => {
      const { endpoint } = await care();
      await world.context.database('secrets').delete();
      expect((await care()).done).to.deep.equal(['replaced: its secret was lost']);
      expect(atOpenTrain()).to.have.length(1);
      expect(atOpenTrain()[0]?.id).to.not.equal(endpoint.id);
      expect(await secretOf(atOpenTrain()[0]?.id ?? '')).to.equal(atOpenTrain()[0]?.secret);
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
      const retire = await world.queueItem('endpoint-retire', old.id);
      expect(retire?.due_at).to.equal(world.clock.time.getTime() + OLD_SECRET_KEPT_MS);
      world.later(OLD_SECRET_KEPT_MS);
      await work()['endpoint-retire']?.run(old.id, '{}', new AbortController().signal);
      expect(atOpenTrain().map(({ id }) => id)).to.deep.equal([endpoint.id]);
      expect(await secrets.accepted()).to.deep.equal([atOpenTrain()[0]?.secret]);
      expect(await secretOf(old.id)).to.equal(null);
    });

    it('that was disabled is enabled before its secret changes, so that what failed can still come', async () => {
      const { endpoint: old } = await care();
      await world.context.openTrain.updateWebhookEndpoint(old.id, { status: 'DISABLED' });
      await rotateSecret(world.context);
      expect(atOpenTrain().map(({ status }) => status)).to.deep.equal(['ACTIVE', 'ACTIVE']);
      expect(world.sandbox.control.countRequests({ method: 'POST', path: `${old.id}/redeliver` })).to.equal(1);
    });

    it('that is not there yet needs no change of its secret', async () => {
      const { endpoint, retiring } = await rotateSecret(world.context);
      expect(retiring).to.deep.equal([]);
      expect(atOpenTrain().map(({ id }) => id)).to.deep.equal([endpoint.id]);
    });

    it('when the current one is deleted while the old one retires, is made again', async () => {
      await care();
      const { endpoint } = await rotateSecret(world.context);
      await world.context.openTrain.deleteWebhookEndpoint(endpoint.id);
      expect((await care()).done).to.deep.equal(['made']);
      const rows = await allWebhookEndpoints(world.context.database);
      expect(rows.filter(({ accepted_until }) => accepted_until === null)).to.have.length(1);
    });

    it('of which the secret was stored with another PLUGIN_SECRET is not thrown away for a mistyped setting', async () => {
      await care();
      const mistyped = { ...world.context, keys: createKeys('not the secret that it was stored with') };
      expect((await thrownBy(careForEndpoint(mistyped))).message).to.match(/PLUGIN_SECRET is not the one/);
      expect(atOpenTrain()).to.have.length(1);
    });
  });
}

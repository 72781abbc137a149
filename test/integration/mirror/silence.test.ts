import { expect } from 'chai';
import { findCounter } from '../../../plugin/audit/counters.ts';
import { refreshInstall } from '../../../plugin/mirror/refresh.ts';
import { checkSilence, SILENCE_COUNTER } from '../../../plugin/mirror/silence.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { careForEndpoint } from '../../../plugin/webhooks/endpoint.ts';
import type { CoreWorld } from '../../support/core-world.ts';
import { disableAfterFailures, useEndpointWorld } from '../../support/endpoint-world.ts';
import { storeKinds } from '../../support/store.ts';

const HOUR = 3_600_000;

for (const kind of storeKinds) {
  describe(`silence, with the store on ${kind}`, () => {
    let world: CoreWorld;
    useEndpointWorld(kind, (opened) => {
      world = opened;
    });

    beforeEach(async () => {
      await refreshInstall(world.context);
      const { jobId } = await world.linkedJob();
      world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      await world.forgetItems();
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
      await careForEndpoint(world.context);
      disableAfterFailures(world);
      world.later(25 * HOUR);
      expect(await checkSilence(world.context)).to.equal(true);
      await createHandlers(world.context).endpoint?.run('check', '{"cause":"test"}', new AbortController().signal);
      expect([...world.sandbox.state.endpoints.values()][0]?.status).to.equal('ACTIVE');
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
}

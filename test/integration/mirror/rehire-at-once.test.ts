import { expect } from 'chai';
import { findContract } from '../../../plugin/mirror/contracts.ts';
import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`a rehire under the same contract id, with the store on ${kind}`, () => {
    let world: CoreWorld;
    useCoreWorld(kind, (opened) => {
      world = opened;
    });
    const status = async (id: string) => (await findContract(world.context.database, id))?.status;

    it('within the second of the end is read again until the read is newer than the end', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      world.later(5_900);
      await refreshFromOpenTrain(world.context, 'test');
      world.later(5_000);
      world.sandbox.control.endContract(contractId);
      await world.deliver(world.lastEvent('contract.ended'));
      world.later(50);
      world.sandbox.control.reopenContract(contractId);
      await world.deliver(world.lastEvent('contract.started'));
      expect(await world.due()).to.include('reconcile all');
      await world.forgetItems();
      world.later(10);
      await refreshFromOpenTrain(world.context, 'test');
      expect(await world.due()).to.include('reconcile all');
      await world.forgetItems();
      world.later(2_000);
      await refreshFromOpenTrain(world.context, 'test');
      expect(await status(contractId)).to.equal('active');
      expect(await world.due(), 'once').not.to.include('reconcile all');
    });
  });
}

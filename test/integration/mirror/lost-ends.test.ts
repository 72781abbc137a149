import { expect } from 'chai';
import { stub } from 'sinon';
import { findContract } from '../../../plugin/mirror/contracts.ts';
import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { CoreWorld } from '../../support/core-world.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';

const MINUTE = 60_000;

for (const kind of storeKinds) {
  describe(`an end that no event told, on ${kind}`, () => {
    let store: FreshStore;
    let world: CoreWorld;
    let jobId: string;
    let ada: { contractId: string; trainerId: string };
    before(async () => {
      store = await freshStore(kind);
    });
    after(() => store.drop());
    beforeEach(async () => {
      world = await CoreWorld.open(store);
      ({ jobId } = await world.linkedJob());
      ada = world.hire(jobId);
      await refresh();
      await world.forgetItems();
    });
    afterEach(() => world.close());

    const refresh = async (): Promise<void> => {
      world.later(MINUTE);
      await refreshFromOpenTrain(world.context, 'test');
    };
    const status = async () => (await findContract(world.context.database, ada.contractId))?.status;
    const questions = () => world.sandbox.control.countRequests({ path: `/contracts/${ada.contractId}/participants` });

    /** Later contracts of the job that ended before the plugin was connected: newest first, they push the end out of the list. */
    function endedLater(count: number): void {
      for (let index = 0; index < count; index += 1) {
        const { contractId } = world.hire(jobId, `Trainer ${index}`);
        world.sandbox.control.endContract(contractId, { endDate: '2031-05-18' });
      }
    }

    it('on a job with 250 ended contracts is found by the next reconcile', async () => {
      endedLater(250);
      world.sandbox.control.endContract(ada.contractId);
      const asked = questions();
      await refresh();
      expect(await status()).to.equal('ended');
      expect(questions() - asked, 'one question').to.equal(1);
      expect(await world.due()).to.include.members([`access ${ada.trainerId}`, `usage ${ada.contractId}`]);
      await refresh();
      expect(questions() - asked, 'and it is not asked again').to.equal(1);
    });

    it('is not taken for one while the contract is active among 250 ended ones', async () => {
      endedLater(250);
      const asked = questions();
      await refresh();
      expect(await status()).to.equal('active');
      expect(questions()).to.equal(asked);
    });

    it('is not taken for one where the contract is gone (404)', async () => {
      endedLater(250);
      world.sandbox.state.contracts.delete(ada.contractId);
      await refresh();
      expect(await status()).to.equal('active');
    });

    it('is not taken for one where the list of active ones is cut, or holds what cannot be read', async () => {
      endedLater(250);
      world.sandbox.control.endContract(ada.contractId);
      const { openTrain } = world.context;
      const original = openTrain.contracts.bind(openTrain);
      const asked = questions();
      stub(openTrain, 'contracts').callsFake(async (query) => ({ ...(await original(query)), complete: false }));
      await refresh();
      expect(await status()).to.equal('active');
      expect(questions()).to.equal(asked);
    });
  });
}

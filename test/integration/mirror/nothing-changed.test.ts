import { expect } from 'chai';
import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { fill } from '../../bench/scale/fill.ts';
import { scaleWorld } from '../../bench/scale/world.ts';
import { freshStore, storeKinds } from '../../support/store.ts';

/** Contracts are noted as read by the second: while the lists are read, one may end. */
const STATEMENTS_OF_ANOTHER_SECOND = 2;

for (const kind of storeKinds) {
  describe(`reading an OpenTrain where nothing changed, on ${kind}`, function () {
    this.timeout(120_000);

    /** Statements of one reconcile; half of the contracts are active, the other half has ended. */
    async function statements(contracts: number): Promise<number> {
      const jobs = contracts / 200;
      const size = { trainers: contracts / 2, contracts, jobs, days: 1, deliveries: 1 };
      const store = await freshStore(kind);
      await fill(store.database, size, Date.now());
      const world = await scaleWorld(store, size);
      try {
        await refreshFromOpenTrain(world.context, 'test');
        await world.context.database('contracts').update({ read_at: null });
        world.statements();
        const { contractsRead, contractsChanged } = await refreshFromOpenTrain(world.context, 'test');
        expect({ contractsRead, contractsChanged }).to.deep.equal({ contractsRead: contracts, contractsChanged: 0 });
        const count = world.statements();
        const noted = await world.context.database('contracts').whereNotNull('read_at').count({ count: '*' }).first();
        expect(Number(noted?.count)).to.equal(contracts);
        return count;
      } finally {
        await world.close();
      }
    }

    it('takes no more statements for 6,000 contracts than for 200', async () => {
      const [few, many] = [await statements(200), await statements(6_000)];
      expect(few).to.be.at.most(20);
      expect(many - few).to.be.at.most(STATEMENTS_OF_ANOTHER_SECOND);
    });
  });
}

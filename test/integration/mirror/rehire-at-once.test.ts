import { expect } from 'chai';
import { findContract, noteRead } from '../../../plugin/mirror/contracts.ts';
import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';

const MINUTE = 60_000;

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

    /** Hired, ended and rehired under the same id; OpenTrain has told us of the hire only. */
    async function rehired() {
      const { jobId } = await world.linkedJob();
      const hired = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      world.later(MINUTE);
      world.sandbox.control.endContract(hired.contractId);
      const end = world.lastEvent('contract.ended');
      return { ...hired, jobId, end };
    }
    const refresh = async (): Promise<void> => {
      world.later(MINUTE);
      await world.forgetItems();
      await refreshFromOpenTrain(world.context, 'test');
    };

    for (const end of ['read', 'never heard of'] as const) {
      it(`stands against the old end that is delivered after a read of it (the end was ${end})`, async () => {
        const { contractId, trainerId, end: ended } = await rehired();
        if (end === 'read') await refresh();
        expect(await status(contractId)).to.equal(end === 'read' ? 'ended' : 'active');
        world.later(MINUTE);
        world.sandbox.control.reopenContract(contractId);
        await refresh();
        await refresh();
        expect(await status(contractId)).to.equal('active');
        await world.forgetItems();
        const [outcome] = await world.deliver(ended);
        expect(outcome).to.match(
          /stays active: it was read as active after this end; links and contracts are read again/,
        );
        expect(await status(contractId)).to.equal('active');
        expect(await world.due(), 'nobody is kept in silently').to.include('reconcile all');
        expect(await world.due()).not.to.include(`usage ${contractId}`);
        await refresh();
        expect(await status(contractId)).to.equal('active');
        expect(await world.due(), 'once').not.to.include('reconcile all');
        world.later(MINUTE);
        world.sandbox.control.endContract(contractId);
        await world.deliver(world.lastEvent('contract.ended'));
        expect(await status(contractId), 'the new end ends').to.equal('ended');
        expect(await world.due()).to.include(`access ${trainerId}`);
      });
    }

    it('stands against the second event of one end, where two links were told of it', async () => {
      const { jobId } = await world.linkedJob();
      await world.link(jobId);
      const { contractId } = world.hire(jobId);
      await refresh();
      world.later(MINUTE);
      world.sandbox.control.endContract(contractId);
      const [first, second] = world.sandbox.state.events.map(({ event }) => event).slice(-2);
      await world.deliver(first ?? {});
      expect(await status(contractId)).to.equal('ended');
      world.later(MINUTE);
      world.sandbox.control.reopenContract(contractId);
      await refresh();
      await world.deliver(second ?? {});
      expect(await status(contractId)).to.equal('active');
    });

    it('ends at once and is read at once where an end is told in the moment of a read', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      await refresh();
      await world.forgetItems();
      world.later(100);
      world.sandbox.control.endContract(contractId);
      await world.deliver(world.lastEvent('contract.ended'));
      expect(await status(contractId)).to.equal('ended');
      expect(await world.due()).to.include.members([`access ${trainerId}`, 'reconcile all']);
    });

    it('is read at once where its start is told after its end, and was emitted before', async () => {
      const { contractId, end } = await rehired();
      world.sandbox.control.reopenContract(contractId);
      await world.deliver(end);
      await world.forgetItems();
      // The clocks of OpenTrain's machines differ: its ids order the events.
      const start = world.lastEvent('contract.started');
      await world.deliver({ ...start, createdAt: new Date(world.clock.time.getTime() - 1_000).toISOString() });
      expect(await world.due()).to.include('reconcile all');
      await refresh();
      expect(await status(contractId)).to.equal('active');
    });

    it('ends by an event that our slow clock takes for one from the future', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      await refresh();
      world.later(MINUTE);
      world.sandbox.control.endContract(contractId);
      world.later(-3 * MINUTE);
      await world.deliver(world.lastEvent('contract.ended'));
      expect(await status(contractId)).to.equal('ended');
    });

    it('whose status changes while its read is noted is told apart: a later read decides', async () => {
      const { contractId, end } = await rehired();
      const { database } = world.context;
      expect(await noteRead(database, [contractId], 'active', world.clock.time)).to.equal(true);
      expect((await findContract(database, contractId))?.read_at).to.equal(world.clock.time.getTime());
      await world.deliver(end);
      expect(await status(contractId)).to.equal('ended');
      expect(await noteRead(database, [contractId], 'active', world.clock.time)).to.equal(false);
    });
  });
}

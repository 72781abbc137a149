import { expect } from 'chai';
import { allContracts, findContract, updateContract } from '../../../plugin/mirror/contracts.ts';
import { allProjectLinks, findProjectLink } from '../../../plugin/mirror/project-links.ts';
import { refreshFromOpenTrain, refreshInstall } from '../../../plugin/mirror/refresh.ts';
import { findTrainer, trainersOfContract } from '../../../plugin/mirror/trainers.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';

const SECOND = 1_000;

for (const kind of storeKinds) {
  describe(`events of contracts applied on ${kind}`, () => {
    let world: CoreWorld;
    useCoreWorld(kind, (opened) => {
      world = opened;
    });
    beforeEach(async () => {
      await refreshInstall(world.context);
      world.later(SECOND);
    });

    const status = async (contractId: string) => (await findContract(world.context.database, contractId))?.status;

    it('a hire records contract, trainer and link, and makes the trainer’s access due', async () => {
      const { jobId, linkId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      const [outcome] = await world.deliver(world.lastEvent('contract.started'));
      expect(outcome).to.equal(`contract ${contractId} is active`);
      expect(await findContract(world.context.database, contractId)).to.include({ job_id: jobId, status: 'active' });
      expect(await findTrainer(world.context.database, trainerId)).to.include({ work_email: 'ada.l@opentrain.work' });
      expect((await trainersOfContract(world.context.database, contractId)).map(({ id }) => id)).to.deep.equal([
        trainerId,
      ]);
      expect((await findProjectLink(world.context.database, linkId))?.job_id).to.equal(jobId);
      expect(await world.due()).to.deep.equal([`access ${trainerId}`, 'reconcile all']);
    });

    it('the end of a contract makes access and the final count due', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      const started = world.lastEvent('contract.started');
      world.later(SECOND);
      world.sandbox.control.endContract(contractId);
      await world.deliver(started);
      await world.forgetItems();
      await world.deliver(world.lastEvent('contract.ended'));
      expect(await status(contractId)).to.equal('ended');
      expect(await world.due()).to.deep.equal([
        `access ${trainerId}`,
        `contract-ended-mail ${contractId}`,
        `usage ${contractId}`,
      ]);
    });

    it('an event that happened earlier never undoes a later one, in whatever order and how often they come', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      const started = world.lastEvent('contract.started');
      world.later(SECOND);
      world.sandbox.control.endContract(contractId);
      const ended = world.lastEvent('contract.ended');
      for (const order of [
        [ended, started],
        [started, ended, started],
        [ended, started, ended, started],
      ]) {
        await world.deliver(...order);
        expect(await status(contractId)).to.equal('ended');
      }
      expect((await allContracts(world.context.database)).length).to.equal(1);
    });

    it('a hire whose event comes after the end was applied is told apart in its outcome', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      const started = world.lastEvent('contract.started');
      world.later(SECOND);
      world.sandbox.control.endContract(contractId);
      await world.deliver(world.lastEvent('contract.ended'));
      const [outcome] = await world.deliver(started);
      expect(outcome).to.equal(`contract ${contractId} stays ended: newer state is known`);
    });

    it('a start that is newer than the end has everything read at once, and the read reopens the contract', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      const first = world.lastEvent('contract.started');
      await world.deliver(first);
      world.later(SECOND);
      world.sandbox.control.endContract(contractId);
      await world.deliver(world.lastEvent('contract.ended'));
      await world.forgetItems();
      await world.deliver(first);
      expect(await world.due(), 'an old start again').to.not.include('reconcile all');
      world.later(SECOND);
      world.sandbox.control.reopenContract(contractId);
      const [outcome] = await world.deliver(world.lastEvent('contract.started'));
      expect(outcome).to.match(/started after the end that is known; links and contracts are read again/);
      expect(await world.due()).to.include('reconcile all');
      world.later(SECOND);
      await refreshFromOpenTrain(world.context, 'test');
      expect(await status(contractId)).to.equal('active');
      expect(await world.due()).to.include(`access ${trainerId}`);
    });

    it('an event that is dated ahead counts as of now: what follows is still newer', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      await world.deliver({ ...world.lastEvent('contract.started'), createdAt: '2999-01-01T00:00:00Z' });
      world.later(SECOND);
      const trainer = (await trainersOfContract(world.context.database, contractId))[0];
      expect(trainer?.updated_at).to.be.below(Date.parse('2900-01-01T00:00:00Z'));
      world.sandbox.control.endContract(contractId);
      await world.deliver(world.lastEvent('contract.ended'));
      expect(await status(contractId)).to.equal('ended');
    });

    it('a rehire is another contract: the first one stays ended', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      world.later(SECOND);
      world.sandbox.control.endContract(contractId);
      world.later(SECOND);
      const again = world.sandbox.control.hire({ jobId, trainerId }).id;
      await world.deliver(world.lastEvent('contract.started'), world.lastEvent('contract.ended'));
      expect(await status(contractId)).to.equal('ended');
      expect(await status(again)).to.equal('active');
    });

    it('two links on a job send two events for one hire: one contract, one piece of work', async () => {
      const { jobId } = await world.linkedJob();
      await world.link(jobId);
      const { trainerId } = world.hire(jobId);
      const events = world.sandbox.state.events
        .map(({ event }) => event)
        .filter(({ type }) => type === 'contract.started');
      expect(events).to.have.length(2);
      await world.deliver(...events);
      expect(await allContracts(world.context.database)).to.have.length(1);
      expect(await allProjectLinks(world.context.database)).to.have.length(2);
      expect(await world.due()).to.deep.equal([`access ${trainerId}`, 'reconcile all']);
    });

    it('an event without a Work Email makes the participants be read', async () => {
      world.sandbox.control.setConsent(false);
      const { jobId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      expect(await world.due()).to.deep.equal([`access ${trainerId}`, `participants ${contractId}`, 'reconcile all']);
    });

    it('an address that is not a Work Email is refused and audited', async () => {
      const { jobId } = await world.linkedJob();
      const { opentrainUserId } = world.sandbox.control.createTrainer({
        displayName: 'Eve',
        workEmail: 'eve@opentrain.work.example',
      });
      world.sandbox.control.hire({ jobId, trainerId: opentrainUserId });
      const event = world.lastEvent('contract.started');
      await world.deliver(event, event);
      const trainer = await findTrainer(world.context.database, opentrainUserId);
      expect(trainer).to.include({ work_email: null, refused_email: 'eve@opentrain.work.example' });
      const audit = await world.context.database('audit_log').where({ action: 'refuse-address' });
      expect(audit).to.have.length(1);
    });

    it('what an older event says of a trainer does not overwrite what a newer one said', async () => {
      const { jobId } = await world.linkedJob();
      const { trainerId } = world.hire(jobId);
      const older = world.lastEvent('contract.started');
      world.later(SECOND);
      world.sandbox.control.updateTrainer(trainerId, { displayName: 'Ada B.', workEmail: 'ada.new@opentrain.work' });
      const { jobId: other } = await world.linkedJob('Label dogs');
      world.sandbox.control.hire({ jobId: other, trainerId });
      await world.deliver(world.lastEvent('contract.started'), older);
      const trainer = await findTrainer(world.context.database, trainerId);
      expect(trainer).to.include({ display_name: 'Ada B.', work_email: 'ada.new@opentrain.work' });
    });

    it('an event never forgets who the trainer is in the tool', async () => {
      const { jobId } = await world.linkedJob();
      const { trainerId } = world.hire(jobId);
      const event = world.lastEvent('contract.started');
      await world.deliver(event);
      await world.context.database('trainers').where({ id: trainerId }).update({ tool_user_id: '42' });
      await world.deliver(event);
      expect(await findTrainer(world.context.database, trainerId)).to.include({ tool_user_id: '42' });
    });

    it('a later read of the API stands against an older event, and an end is final whenever it is heard of', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      const started = world.lastEvent('contract.started');
      world.later(5 * SECOND);
      world.sandbox.control.endContract(contractId);
      const ended = world.lastEvent('contract.ended');
      world.later(5 * SECOND);
      await refreshFromOpenTrain(world.context, 'test');
      expect(await status(contractId)).to.equal('ended');
      await world.deliver(started);
      expect(await status(contractId)).to.equal('ended');
      await world.deliver(ended);
      expect(await status(contractId)).to.equal('ended');
    });

    it('the final count that was recorded meanwhile is not forgotten by a replayed end', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      world.later(SECOND);
      world.sandbox.control.endContract(contractId);
      await world.deliver(world.lastEvent('contract.ended'));
      await updateContract(world.context.database, contractId, { final_submitted_at: 5 });
      await world.forgetItems();
      await world.deliver(world.lastEvent('contract.ended'));
      expect((await findContract(world.context.database, contractId))?.final_submitted_at).to.equal(5);
      expect(await world.queueItem('usage', contractId)).to.equal(undefined);
    });
  });
}

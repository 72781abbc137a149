import { expect } from 'chai';
import { refreshFromOpenTrain, refreshInstall } from '../../../plugin/opentrain/refresh.ts';
import { checkOpenTrain } from '../../../plugin/preflight.ts';
import { allContracts, findContract, updateContract } from '../../../plugin/store/contracts.ts';
import { currentInstall } from '../../../plugin/store/installs.ts';
import { allProjectLinks, findProjectLink } from '../../../plugin/store/project-links.ts';
import { findTrainer, trainersOfContract } from '../../../plugin/store/trainers.ts';
import { CoreWorld } from '../../support/core-world.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';

const SECOND = 1_000;

for (const kind of storeKinds) {
  describe(`events applied on ${kind}`, () => {
    let store: FreshStore;
    let world: CoreWorld;
    before(async () => {
      store = await freshStore(kind);
    });
    after(() => store.drop());
    beforeEach(async () => {
      world = await CoreWorld.open(store);
      await refreshInstall(world.context);
      world.later(SECOND);
    });
    afterEach(() => world.close());

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
      expect(await world.due()).to.deep.equal([`access ${trainerId}`]);
    });

    it('the end of a contract makes access and the final count due', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      const started = world.lastEvent('contract.started');
      world.later(SECOND);
      world.sandbox.control.endContract(contractId);
      await world.deliver(started);
      await world.forgetWork();
      await world.deliver(world.lastEvent('contract.ended'));
      expect(await status(contractId)).to.equal('ended');
      expect(await world.due()).to.deep.equal([`access ${trainerId}`, `usage ${contractId}`]);
      expect(JSON.parse((await world.workRow('usage', contractId))?.detail ?? '')).to.include({ final: true });
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
      expect(await world.due()).to.deep.equal([`access ${trainerId}`]);
    });

    it('an event without a Work Email makes the participants be read', async () => {
      world.sandbox.control.setConsent(false);
      const { jobId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      expect(await world.due()).to.deep.equal([`access ${trainerId}`, `participants ${contractId}`]);
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
      await world.context
        .database('trainers')
        .where({ id: trainerId })
        .update({ tool_user_id: '42', access_revision: 7 });
      await world.deliver(event);
      expect(await findTrainer(world.context.database, trainerId)).to.include({
        tool_user_id: '42',
        access_revision: 7,
      });
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
      await updateContract(world.context.database, contractId, { final_reported_at: 5 });
      await world.forgetWork();
      await world.deliver(world.lastEvent('contract.ended'));
      expect((await findContract(world.context.database, contractId))?.final_reported_at).to.equal(5);
      expect(await world.workRow('usage', contractId)).to.equal(undefined);
    });

    it('a new link makes everything be read again: the job may have contracts already', async () => {
      const { linkId } = await world.linkedJob();
      await world.deliver(world.lastEvent('project_link.created'));
      expect((await findProjectLink(world.context.database, linkId))?.removed_at).to.equal(null);
      expect(await world.due()).to.deep.equal(['reconcile all']);
    });

    it('a removed link makes access of everybody on its job due, and stays removed when its creation is heard of later', async () => {
      const { jobId, linkId } = await world.linkedJob();
      const created = world.lastEvent('project_link.created');
      const { trainerId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      await world.forgetWork();
      world.later(SECOND);
      await world.context.openTrain.deleteProjectLink(linkId);
      await world.deliver(world.lastEvent('project_link.removed'));
      expect(await world.due()).to.deep.equal([`access ${trainerId}`]);
      await world.deliver(created);
      expect((await findProjectLink(world.context.database, linkId))?.removed_at).to.equal(world.clock.time.getTime());
    });

    it('a removed link that was never heard of is known as removed', async () => {
      const { linkId } = await world.linkedJob();
      await world.context.openTrain.deleteProjectLink(linkId);
      await world.deliver(world.lastEvent('project_link.removed'), world.lastEvent('project_link.created'));
      expect((await findProjectLink(world.context.database, linkId))?.removed_at).to.be.a('number');
    });

    it('the end of our install stops calls with its token', async () => {
      world.later(SECOND);
      world.sandbox.control.revokeInstall();
      await world.deliver(world.lastEvent('install.revoked'));
      expect((await currentInstall(world.context.database))?.status).to.equal('disconnected');
      const calls = world.sandbox.control.countRequests();
      const error = await world.context.openTrain.projectLinks().catch((thrown: unknown) => thrown);
      expect(String(error)).to.match(/connection to OpenTrain was ended/);
      expect(world.sandbox.control.countRequests()).to.equal(calls);
    });

    it('the end of an older install, as every reconnect brings, is not about the token that is used now', async () => {
      const { install } = world.sandbox.control.reconnect();
      const revoked = world.lastEvent('install.revoked');
      expect(revoked.resourceId).to.not.equal(install.id);
      await world.context.database('installs').update({ id: install.id });
      const [outcome] = await world.deliver(revoked);
      expect(outcome).to.match(/is not ours any more/);
      expect((await currentInstall(world.context.database))?.status).to.equal('connected');
    });

    it('an end of this install that happened before it was connected (again) is ignored', async () => {
      const install = await currentInstall(world.context.database);
      const at = new Date((install?.connected_at ?? 0) - SECOND).toISOString();
      const event = { id: '1', type: 'install.revoked', createdAt: at, resourceId: install?.id ?? '', data: {} };
      const [outcome] = await world.deliver(event);
      expect(outcome).to.match(/connected again since/);
      expect((await currentInstall(world.context.database))?.status).to.equal('connected');
      await checkOpenTrain(world.context);
    });

    it('budget events make the budget of their contract be read', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      await world.forgetWork();
      world.sandbox.control.fundMilestone(contractId, { volume: 10 });
      await world.deliver(world.lastEvent('milestone.funded'));
      expect(await world.due()).to.deep.equal([`budget ${contractId}`]);
    });

    it('a budget event that names only its job concerns the job’s contracts', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      await world.forgetWork();
      const at = world.clock.time.toISOString();
      await world.deliver({
        id: '9',
        type: 'milestone.budget_low',
        createdAt: at,
        resourceId: 'ms_1',
        jobId,
        data: {},
      });
      expect(await world.due()).to.deep.equal([`budget ${contractId}`]);
    });

    it('a type that this version does not know is kept and ignored', async () => {
      const [outcome] = await world.deliver({ id: '9', type: 'contract.paused', createdAt: 'x', data: {} });
      expect(outcome).to.equal('ignored: this version does not know contract.paused');
      expect(await world.due()).to.deep.equal([]);
    });

    it('what cannot be read makes everything be read from the API instead', async () => {
      const at = world.clock.time.toISOString();
      const odd = [
        { id: '9', type: 'contract.started', createdAt: at, data: { contract: { id: 5 } } },
        { id: '9', type: 'project_link.removed', createdAt: at, data: {} },
        { something: 'else' },
      ];
      for (const event of odd) {
        await world.forgetWork();
        await world.deliver(event);
        expect(await world.due(), JSON.stringify(event)).to.deep.equal(['reconcile all']);
      }
    });

    it('text that PostgreSQL cannot hold does not keep an event from being applied', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      const event = JSON.parse(JSON.stringify(world.lastEvent('contract.started')));
      event.data.contract.title = 'Label\u0000 cats';
      expect((await world.deliver(event))[0]).to.equal(`contract ${contractId} is active`);
      expect((await findContract(world.context.database, contractId))?.title).to.equal('Label cats');
    });
  });
}

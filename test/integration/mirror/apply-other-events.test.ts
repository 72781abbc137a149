import { expect } from 'chai';
import { findContract } from '../../../plugin/mirror/contracts.ts';
import { currentInstall } from '../../../plugin/mirror/installs.ts';
import { checkOpenTrain } from '../../../plugin/mirror/preflight.ts';
import { findProjectLink } from '../../../plugin/mirror/project-links.ts';
import { refreshInstall } from '../../../plugin/mirror/refresh.ts';
import { tryTokenOnce } from '../../../plugin/mirror/try-token.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';

const SECOND = 1_000;

for (const kind of storeKinds) {
  describe(`events of links, installs and budgets applied on ${kind}`, () => {
    let world: CoreWorld;
    useCoreWorld(kind, (opened) => {
      world = opened;
    });
    beforeEach(async () => {
      await refreshInstall(world.context);
      world.later(SECOND);
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
      await world.forgetItems();
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

    it('a late end of the grant before, of the same install, does not end the connection: the token is tried once', async () => {
      const install = await currentInstall(world.context.database);
      // OpenTrain's clock runs ahead of ours: the event seems to be newer than the connection.
      const at = new Date(world.clock.time.getTime() + SECOND).toISOString();
      const event = { id: '1', type: 'install.revoked', createdAt: at, resourceId: install?.id ?? '', data: {} };
      await world.deliver(event);
      expect(await world.due()).to.include(`try-token ${install?.id}`);
      await tryTokenOnce(world.context, 'test');
      expect((await currentInstall(world.context.database))?.status).to.equal('connected');
      expect(await world.due()).to.include.members(['endpoint check', 'reconcile all']);
      await checkOpenTrain(world.context);
    });

    it('an end of the grant in use stays one: OpenTrain refuses the token that is tried', async () => {
      const install = await currentInstall(world.context.database);
      world.sandbox.control.forgetTokens();
      const at = world.clock.time.toISOString();
      await world.deliver({ id: '1', type: 'install.revoked', createdAt: at, resourceId: install?.id ?? '', data: {} });
      await tryTokenOnce(world.context, 'test');
      expect((await currentInstall(world.context.database))?.status).to.equal('disconnected');
    });

    it('budget events make the budget of their contract be read', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      await world.forgetItems();
      world.sandbox.control.fundMilestone(contractId, { volume: 10 });
      await world.deliver(world.lastEvent('milestone.funded'));
      expect(await world.due()).to.deep.equal([`budget ${contractId}`]);
    });

    it('a budget event that names only its job concerns the job’s contracts', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      await world.forgetItems();
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
        await world.forgetItems();
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

import { expect } from 'chai';
import { stub } from 'sinon';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { refreshBudget } from '../../../plugin/budget/budgets.ts';
import { allContracts, findContract } from '../../../plugin/mirror/contracts.ts';
import { allProjectLinks, findProjectLink } from '../../../plugin/mirror/project-links.ts';
import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { findTrainer } from '../../../plugin/mirror/trainers.ts';
import { TokenRefused } from '../../../plugin/platform/errors.ts';
import { markDue } from '../../../plugin/queue/items.ts';
import { Worker } from '../../../plugin/queue/worker.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { readOpenTrain, reconcile } from '../../../plugin/service/reconcile.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const MINUTE = 60_000;

for (const kind of storeKinds) {
  describe(`reading OpenTrain's state on ${kind}`, () => {
    let world: CoreWorld;
    useCoreWorld(kind, (opened) => {
      world = opened;
    });

    const refresh = () => refreshFromOpenTrain(world.context, 'test');

    it('finds contracts that no event told of, with their trainers, and makes access due', async () => {
      const { jobId, linkId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      world.later(MINUTE);
      expect(await refresh()).to.include({ links: 1, contractsRead: 1, contractsChanged: 1, linksRemoved: 0 });
      expect((await findProjectLink(world.context.database, linkId))?.job_id).to.equal(jobId);
      expect((await findContract(world.context.database, contractId))?.status).to.equal('active');
      expect((await findTrainer(world.context.database, trainerId))?.work_email).to.equal('ada.l@opentrain.work');
      expect(await world.due()).to.deep.equal([`access ${trainerId}`]);
    });

    it('finds an end that no event told of, and makes access and the final count due', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId, trainerId } = world.hire(jobId);
      world.later(MINUTE);
      await refresh();
      await world.forgetItems();
      world.sandbox.control.endContract(contractId);
      world.later(MINUTE);
      await refresh();
      expect((await findContract(world.context.database, contractId))?.status).to.equal('ended');
      expect(await world.due()).to.deep.equal([
        `access ${trainerId}`,
        `contract-ended-mail ${contractId}`,
        `usage ${contractId}`,
      ]);
    });

    it('finds out that a spent budget was funded, which no event told of', async () => {
      const { id: jobId } = world.sandbox.control.createJob({
        title: 'Cats',
        paymentType: 'PAY_PER_LABEL',
        fundedVolume: 10,
      });
      await world.link(jobId);
      const [spent, unspent] = [world.hire(jobId), world.hire(jobId, 'Ben M.')].map(({ contractId }) => contractId);
      world.later(MINUTE);
      await refresh();
      await world.context.openTrain.submitUsage(spent ?? '', [{ workDate: '2031-05-20', labelsCompleted: 10 }]);
      for (const id of [spent, unspent]) await refreshBudget(world.context, id ?? '', 'test');
      await world.forgetItems();
      await readOpenTrain(world.context, 'test');
      expect(await world.due()).to.deep.equal([`budget ${spent}`]);
      world.sandbox.control.setEventFaults({ dropRate: 1, duplicateRate: 0, spreadMilliseconds: 0, seed: 1 });
      world.sandbox.control.fundMilestone(spent ?? '', { volume: 100 });
      await createHandlers(world.context).budget?.run(spent ?? '', '{"source":"test"}', new AbortController().signal);
      await world.forgetItems();
      await readOpenTrain(world.context, 'test');
      expect(await world.due(), 'a budget that is OK again costs nothing more').to.deep.equal([]);
    });

    it('costs one call for the install, one for the links and two a link, and nothing more when nothing changed', async () => {
      for (let index = 0; index < 4; index += 1) {
        const { jobId } = await world.linkedJob(`Job ${index}`);
        for (let trainer = 0; trainer < 3; trainer += 1) world.hire(jobId, `Trainer ${index} ${trainer}`);
      }
      world.later(MINUTE);
      await refresh();
      await world.forgetItems();
      world.sandbox.control.clearRequestLog();
      world.later(MINUTE);
      expect((await refresh()).contractsChanged).to.equal(0);
      expect(world.sandbox.control.countRequests()).to.equal(1 + 1 + 2 * 4);
      expect(await world.due()).to.deep.equal([]);
    });

    it('a whole reconcile asks the tool nothing about anybody when nothing differs', async () => {
      const { jobId } = await world.linkedJob();
      for (let trainer = 0; trainer < 5; trainer += 1) world.hire(jobId, `Trainer ${trainer}`);
      world.later(MINUTE);
      await reconcile(world.context, 'test');
      const { looks } = world.tool;
      const changes = world.tool.changes.length;
      expect(looks).to.be.greaterThan(0);
      world.later(MINUTE);
      await reconcile(world.context, 'test');
      expect([world.tool.looks, world.tool.changes.length]).to.deep.equal([looks, changes]);
    });

    it('who is beyond the 200 newest contracts keeps what they have: absence is no evidence', async () => {
      const { jobId } = await world.linkedJob();
      const first = world.hire(jobId, 'The first one');
      world.later(MINUTE);
      await refresh();
      for (let index = 0; index < 205; index += 1) {
        world.later(1_000);
        world.hire(jobId, `Trainer ${index}`);
      }
      world.later(MINUTE);
      await refresh();
      const contracts = await allContracts(world.context.database);
      expect(contracts).to.have.length(201);
      expect(contracts.find(({ id }) => id === first.contractId)?.status).to.equal('active');
      expect(contracts.every(({ status }) => status === 'active')).to.equal(true);
    });

    it('a link that is missing from the list is removed only when asking for it says 404', async () => {
      const { jobId, linkId } = await world.linkedJob();
      const { trainerId } = world.hire(jobId);
      world.later(MINUTE);
      await refresh();
      await world.forgetItems();
      await world.context.openTrain.deleteProjectLink(linkId);
      world.sandbox.control.failRequests({ method: 'GET', path: /^\/project-links\/./, status: 500, times: 50 });
      await thrownBy(refresh());
      expect((await findProjectLink(world.context.database, linkId))?.removed_at).to.equal(null);
      world.sandbox.control.clearFaults();
      expect((await refresh()).linksRemoved).to.equal(1);
      expect((await findProjectLink(world.context.database, linkId))?.removed_at).to.equal(world.clock.time.getTime());
      expect(await world.due()).to.deep.equal([`access ${trainerId}`]);
    });

    it('a link that was only left out of the list stays', async () => {
      const { linkId } = await world.linkedJob();
      await refresh();
      stub(world.context.openTrain, 'projectLinks').resolves({ value: [], asOf: world.clock.time });
      expect((await refresh()).linksRemoved).to.equal(0);
      expect((await findProjectLink(world.context.database, linkId))?.removed_at).to.equal(null);
    });

    it('one contract whose trainers cannot be read does not hold up the others, and is read later by itself', async () => {
      const { jobId } = await world.linkedJob();
      const broken = world.hire(jobId, 'Broken');
      world.later(1_000);
      const fine = world.hire(jobId, 'Fine');
      world.later(MINUTE);
      world.sandbox.control.failRequests({
        path: `/contracts/${broken.contractId}/participants`,
        status: 403,
        times: 5,
      });
      await refresh();
      expect(await findTrainer(world.context.database, fine.trainerId)).to.not.equal(undefined);
      expect(await world.due()).to.deep.equal([`access ${fine.trainerId}`, `participants ${broken.contractId}`]);
    });

    it('when OpenTrain goes away half-way, the contracts that were read are kept and their trainers are read later', async () => {
      const { jobId } = await world.linkedJob();
      for (let index = 0; index < 5; index += 1) world.hire(jobId, `Trainer ${index}`);
      world.later(MINUTE);
      world.sandbox.control.failRequests({ path: '/participants', status: 503, times: 100 });
      await refresh();
      expect(await allContracts(world.context.database)).to.have.length(5);
      expect((await world.due()).filter((work) => work.startsWith('participants '))).to.have.length(5);
      expect(
        world.sandbox.control.countRequests({ path: '/participants' }),
        'it is not asked for each one',
      ).to.be.at.most(4);
    });

    it('a removal of a link while it is read is not an error', async () => {
      const { linkId } = await world.linkedJob();
      world.sandbox.control.failRequests({ path: /^\/contracts$/, status: 404, times: 2 });
      expect((await refresh()).links).to.equal(1);
      expect((await findProjectLink(world.context.database, linkId))?.removed_at).to.equal(null);
    });

    it('a contract that ended before we were connected is not taken up', async () => {
      const { jobId } = await world.linkedJob();
      const { contractId } = world.hire(jobId);
      world.sandbox.control.endContract(contractId, { endDate: '2031-05-18' });
      world.later(MINUTE);
      await refresh();
      expect(await allContracts(world.context.database)).to.deep.equal([]);
    });

    it('a refused token stops everything that needs OpenTrain, and says what to do', async () => {
      await world.linkedJob();
      world.sandbox.control.forgetTokens();
      const error = await thrownBy(refresh());
      expect(error).to.be.instanceOf(TokenRefused);
      expect(error.message).to.match(/accepts no calls of this connection/);
    });

    it('as work: with the tool down for hours, OpenTrain is read once and only the tool is tried again', async () => {
      const { jobId } = await world.linkedJob();
      await refresh();
      world.hire(jobId);
      world.later(MINUTE);
      world.tool.before = () => {
        throw new ToolUnavailable('the tool is down');
      };
      await markDue(
        world.context.database,
        { kind: 'reconcile', key: 'all', detail: { cause: 'test' } },
        world.clock.time,
      );
      const worker = new Worker({
        ...world.context,
        role: 'start',
        handlers: createHandlers(world.context),
      });
      await worker.drain();
      const reads = world.sandbox.control.countRequests();
      for (let minute = 0; minute < 180; minute += 1) {
        world.later(MINUTE);
        await worker.drain();
      }
      expect(world.sandbox.control.countRequests()).to.equal(reads);
      expect(await world.due()).to.include('access-all all');
      world.tool.before = () => undefined;
      world.later(2 * MINUTE);
      await worker.drain();
      world.later(2 * MINUTE);
      await worker.drain();
      expect((await world.due()).filter((work) => work.startsWith('access'))).to.deep.equal([]);
    });

    it('links without a job cost no contract calls', async () => {
      await world.context.openTrain.createProjectLink({ externalProjectId: 'no-job' });
      await refresh();
      expect(world.sandbox.control.countRequests({ path: /^\/contracts/ })).to.equal(0);
      expect(await allProjectLinks(world.context.database)).to.have.length(1);
    });
  });
}

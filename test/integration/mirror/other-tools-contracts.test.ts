/** A contract of another tool's job that an event stored before its link was looked at: it is nobody's business here. */
import { expect } from 'chai';
import { accessRows } from '../../../plugin/access/access-rows.ts';
import { refreshBudget } from '../../../plugin/budget/budgets.ts';
import type { PluginContext } from '../../../plugin/context.ts';
import type { Mail } from '../../../plugin/mail/mailer.ts';
import { findContract } from '../../../plugin/mirror/contracts.ts';
import { findTrainer } from '../../../plugin/mirror/trainers.ts';
import { claimItems, finishItems } from '../../../plugin/queue/items.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { recordingMailer } from '../../support/recording-mailer.ts';
import { storeKinds } from '../../support/store.ts';

const MINUTE = 60_000;

for (const kind of storeKinds) {
  describe(`a contract of another tool's job that an event told of first, on ${kind}`, () => {
    let world: CoreWorld;
    let context: PluginContext;
    let other: { jobId: string; contractId: string; trainerId: string };
    const mails: Mail[] = [];
    useCoreWorld(kind, (opened) => {
      world = opened;
      mails.length = 0;
      const { settings } = world.context;
      const report = { ...settings.report, to: 'ops@example.com' };
      context = { ...world.context, settings: { ...settings, report }, mailer: recordingMailer(mails) };
    });
    beforeEach(async () => {
      const { jobId: ours } = await world.linkedJob();
      await work();
      const { id: jobId } = world.sandbox.control.createJob({ title: 'Label dogs', paymentType: 'PAY_PER_LABEL' });
      const url = 'https://other.example.com/projects/7';
      await world.context.openTrain.createProjectLink({ externalProjectId: '7', externalProjectUrl: url, jobId });
      other = { jobId, ...world.hire(jobId) };
      // She works for our tool as well, so that she has access and an address here.
      world.sandbox.control.hire({ jobId: ours, trainerId: other.trainerId });
      await world.deliver(...contractEvents('contract.started'));
      expect((await findContract(context.database, other.contractId))?.status).to.equal('active');
      await work();
      mails.length = 0;
      world.sandbox.control.clearRequestLog();
    });

    const contractEvents = (type: string) =>
      world.sandbox.state.events.map(({ event }) => event).filter((event) => event.type === type);

    /** Does all that becomes due within the next quarter of an hour, and twice the budgets of an hour. */
    async function work(): Promise<void> {
      const handlers = createHandlers(context);
      for (let minutes = 0; minutes <= 15; minutes += 1) {
        for (;;) {
          const claim = { owner: 'test', now: world.clock.time, leaseMs: MINUTE, limit: 10 };
          const rows = await claimItems(context.database, claim);
          if (rows.length === 0) break;
          for (const row of rows) {
            await handlers[row.kind]?.run(row.key, row.detail, AbortSignal.timeout(MINUTE));
            await finishItems(context.database, [row]);
          }
        }
        world.later(MINUTE);
      }
    }
    const asked = () => world.sandbox.control.requestLog().filter(({ path }) => path.includes(other.contractId));
    const inOurTool = async () => (await accessRows(context.database, [other.trainerId])).map(({ state }) => state);

    it('is neither read nor mailed about when its budget is used up', async () => {
      world.sandbox.control.fundMilestone(other.contractId, { volume: 10 });
      world.sandbox.control.workFirstParty(other.contractId, { labels: 10 });
      const events = ['milestone.funded', 'milestone.budget_low', 'milestone.budget_depleted'].flatMap(contractEvents);
      expect(events.length).to.be.above(1);
      const outcomes = await world.deliver(...events);
      await work();
      await refreshBudget(context, other.contractId, 'timer');
      expect(outcomes.at(-1)).to.match(/ignored/);
      expect(mails.map(({ subject }) => subject)).to.deep.equal([]);
      expect(asked()).to.deep.equal([]);
    });

    it('ends without a mail, a count, or a change of what our own contract gives', async () => {
      expect(await inOurTool()).to.deep.equal(['invited']);
      world.sandbox.control.endContract(other.contractId);
      await world.deliver(...contractEvents('contract.ended'));
      await work();
      expect(mails.map(({ subject }) => subject)).to.deep.equal([]);
      expect(asked()).to.deep.equal([]);
      expect(await inOurTool()).to.deep.equal(['invited']);
    });

    it('gives nobody access whom our own jobs do not', async () => {
      const eve = world.hire(other.jobId, 'Eve S.');
      await context.database('project_links').where({ job_id: other.jobId }).delete();
      await world.deliver(world.lastEvent('contract.started'));
      expect((await findTrainer(context.database, eve.trainerId))?.display_name).to.equal('Eve S.');
      await work();
      expect(await accessRows(context.database, [eve.trainerId])).to.deep.equal([]);
      expect(mails.map(({ subject }) => subject)).to.deep.equal([]);
    });

    it('is not told as one that owes a count when start and end came before its link was looked at', async () => {
      const eve = world.hire(other.jobId, 'Eve S.');
      const started = world.lastEvent('contract.started');
      world.sandbox.control.endContract(eve.contractId);
      await context.database('project_links').where({ job_id: other.jobId }).delete();
      await world.deliver(started, world.lastEvent('contract.ended'));
      expect((await findContract(context.database, eve.contractId))?.status).to.equal('ended');
      await work();
      expect(asked().filter(({ method }) => method === 'POST')).to.deep.equal([]);
      const { contracts } = await readStatus(context);
      expect(contracts.finalCountsDue).to.deep.equal([]);
    });
  });
}

import { expect } from 'chai';
import { reportStatus } from '../../../plugin/commands/status.ts';
import { markDisconnected } from '../../../plugin/mirror/installs.ts';
import { scopes } from '../../../plugin/platform/types.ts';
import { claimItems, failItem, markDue } from '../../../plugin/queue/items.ts';
import { recordOutage } from '../../../plugin/queue/outages.ts';
import { AccessWorld } from '../../support/access-world.ts';
import { fillBelievably } from '../../support/believable.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`status on ${kind}`, () => {
    let store: FreshStore;
    let world: AccessWorld;
    beforeEach(async () => {
      store = await freshStore(kind);
      world = await AccessWorld.open(store);
    });
    afterEach(() => store.drop());

    it('says how to begin when nothing is connected', async () => {
      const { text, status } = await reportStatus(world.context);
      expect(status.problems.map(({ what }) => what)).to.deep.equal(['The plugin is not connected to OpenTrain.']);
      expect(text).to.include('opentrain-plugin setup').and.to.include('not connected');
    });

    it('prints the first 20 of each group and how many more, and all of them as JSON', async () => {
      await fillBelievably(world);
      const before = (await reportStatus(world.context)).status.queue.length;
      for (let index = before; index < 25; index += 1) {
        await markDue(store.database, { kind: 'notice', key: `project ${index}` }, world.date);
      }
      const { text, status } = await reportStatus(world.context);
      expect(status.queue).to.have.length(25);
      expect(text).to.include('Queue (25)').and.to.include('and 5 more: --json shows all');
      expect(text.split('\n').filter((line) => line.includes('budget notice on project'))).to.have.length.below(21);
    });

    it('asks neither OpenTrain nor the tool', async () => {
      await fillBelievably(world);
      const looks = world.tool.looks;
      world.use({ describeTool: () => Promise.reject(new Error('the tool was asked')) });
      await reportStatus(world.context);
      expect(world.tool.looks).to.equal(looks);
    });

    it('shows every trainer with state, reason, remedy and since when, those who need the admin first', async () => {
      await fillBelievably(world);
      const { status, text } = await reportStatus(world.context);
      expect(status.trainers.map(({ state }) => state)).to.deep.equal([
        'blocked',
        'revoked-partial',
        'invited',
        'invited',
        'active',
        'active',
        'active',
        'revoked',
      ]);
      const [blocked, partial] = status.trainers;
      expect(blocked).to.include({ id: 'usr_5', reason: 'no-work-email', since: world.now, workEmail: null });
      expect(partial?.remedy).to.include('GRANT UPDATE');
      expect(text).to.match(/blocked +Eleni P\. +no Work Email \(usr_5\) +1 May 2031, 09:00 UTC +no-work-email/);
    });

    it('is the same facts as JSON', async () => {
      await fillBelievably(world);
      await world.hire('ctr_9', 'job_boxes', 'usr_1');
      await store
        .database('contracts')
        .where({ id: 'ctr_9' })
        .update({ status: 'ended', final_submitted_at: world.now });
      const { status } = await reportStatus(world.context);
      expect(JSON.parse(JSON.stringify(status))).to.deep.equal(status);
      expect(status.contracts).to.deep.include({ active: 7, ended: 2 });
      expect(status.contracts.finalCountsDue.map(({ id }) => id)).to.deep.equal(['ctr_7']);
      expect(status.budgets.map(({ state }) => state)).to.deep.equal(['DEPLETED', 'LOW', 'OK', 'OK']);
      expect(status.deliveries).to.deep.equal({ received: 70, due: 0, failing: 1 });
      expect(status.refusals[0]).to.include({ requestId: 'b1946ac9-2d1c', message: 'worker is not a participant' });
    });

    it('tells the active milestone of a budget that runs out, and its amount', async () => {
      await fillBelievably(world);
      const budgets = () => store.database('budgets').where({ state: 'LOW' });
      const { budget } = await budgets().first('budget');
      const activeMilestone = { id: 'ms_1', name: 'Second batch', amountUsd: 1_250, status: 'ACTIVE_FUNDED' };
      await budgets().update({ budget: JSON.stringify({ ...JSON.parse(budget), activeMilestone }) });
      const { text, status } = await reportStatus(world.context);
      expect(status.budgets.find(({ state }) => state === 'LOW')?.activeMilestone).to.deep.include(activeMilestone);
      expect(text).to.match(/LOW .* milestone Second batch: 1,250 USD, ACTIVE_FUNDED/);
    });

    it('gives every problem a remedy', async () => {
      await fillBelievably(world);
      const { status, text } = await reportStatus(world.context);
      expect(status.problems.length).to.be.greaterThan(5);
      for (const { what, remedy } of status.problems) expect(remedy, what).to.have.length.greaterThan(10);
      expect(status.problems.at(-1)?.severity, 'a LOW budget comes last').to.equal('watch');
      expect(text).to.include(`Needs you (${status.problems.length})`);
    });

    it('shows the link of an invitation when no mail can be sent', async () => {
      await world.connect();
      await world.link('link', 'job', '7');
      await world.hire('contract', 'job', 'ann');
      world.use({ mailer: null });
      await world.converge();
      const { text, status } = await reportStatus(world.context);
      const link = status.trainers[0]?.invitation?.link ?? 'none';
      expect(link).to.match(/^https:\/\/plugin\.example\.com\/invitations\/\S+$/);
      expect(text).to.include(`Pass this on: ${link}`);
    });

    it('shows no link once the mail has gone', async () => {
      await world.connect();
      await world.link('link', 'job', '7');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      const { status } = await reportStatus(world.context);
      expect(status.trainers[0]?.invitation).to.include({ link: null, mailedAt: world.now });
    });

    it('says what waits for what since when, and does not tell it twice', async () => {
      await world.connect({ scopes: [...scopes] });
      const now = world.date;
      const detail = { cause: 'test' };
      await markDue(store.database, { kind: 'access', key: 'ann', detail }, now);
      const [row] = await claimItems(store.database, { owner: 'test', now, leaseMs: 1_000, limit: 1 });
      if (!row) throw new Error('the work was not there');
      const retryAt = new Date(world.now + 60_000);
      await failItem(store.database, row, { error: 'connection refused', retryAt, now });
      await markDue(store.database, { kind: 'usage', key: 'ctr_1', detail }, now);
      await markDue(store.database, { kind: 'report', key: '2031-05-01', detail }, now);
      const outage = { since: world.now, error: 'connection refused', retry_at: retryAt.getTime() };
      await recordOutage(store.database, { dependency: 'tool', ...outage });
      const { status, text } = await reportStatus(world.context);
      expect(status.queue.find(({ kind: found }) => found === 'access')?.waitingFor).to.deep.equal(['tool']);
      expect(status.queue.find(({ kind: found }) => found === 'usage')?.waitingFor, 'not for OpenTrain').to.deep.equal([
        'tool',
      ]);
      expect(status.queue.find(({ kind: found }) => found === 'report')?.waitingFor).to.deep.equal([]);
      expect(status.problems.map(({ what }) => what)).to.deep.equal([
        'The tool does not answer: connection refused',
        'No project is linked to a job: nobody is invited, and nothing is counted.',
      ]);
      expect(text).to.match(/failing +access of trainer ann +for the tool/);
    });

    it('says when scopes or consent are missing, and when OpenTrain ended the connection', async () => {
      await world.connect({ scopes: ['contracts:read', 'participants:read'], piiConsent: false });
      const missing = (await reportStatus(world.context)).text;
      expect(missing).to.include('usage:write').and.to.include('project-links:read').and.to.include('consent');
      await markDisconnected(store.database, 'install', 'revoked by the customer', world.date);
      const { status } = await reportStatus(world.context);
      expect(status.problems[0]?.what).to.include('revoked by the customer');
      expect(status.problems[0]?.remedy).to.include('revoke-all');
    });

    it('lets no name change the terminal', async () => {
      await world.hire('contract', 'job', 'ann');
      await store.database('trainers').update({ display_name: '\u001b[31mAnn\u001b[0m\nBlocked' });
      const { text } = await reportStatus(world.context);
      expect(text).not.to.include('\u001b');
      expect(text).to.match(/none +Ann Blocked/);
    });
  });
}

import { expect } from 'chai';
import { RESTORE, recordAudit } from '../../../plugin/audit/audit-log.ts';
import { sendBudgetMail } from '../../../plugin/budget/budget-mail.ts';
import type { BudgetHistoryRow } from '../../../plugin/budget/budget-rows.ts';
import { acceptBudget, refreshBudget } from '../../../plugin/budget/budgets.ts';
import { showNotice } from '../../../plugin/budget/notices.ts';
import type { Mail } from '../../../plugin/mail/mailer.ts';
import { type Budget, type BudgetState, budgetSchema } from '../../../plugin/platform/types.ts';
import { syncUsage } from '../../../plugin/usage/sync.ts';
import { recordingMailer } from '../../support/recording-mailer.ts';
import { storeKinds } from '../../support/store.ts';
import {
  addContract,
  addLink,
  addTrainer,
  resetUsageWorld,
  type UsageWorld,
  usageWorld,
} from '../../support/usage-world.ts';

const budget = (state: BudgetState, change: Partial<Budget> = {}): Budget =>
  budgetSchema.parse({
    contractId: 'c1',
    paymentType: 'PAY_PER_LABEL',
    state,
    fundedVolume: 1_000,
    consumedVolume: { OK: 10, LOW: 850, DEPLETED: 1_000 }[state],
    consumedFraction: { OK: 0.01, LOW: 0.85, DEPLETED: 1 }[state],
    ...change,
  });

for (const kind of storeKinds) {
  describe(`Budgets (${kind})`, function () {
    this.timeout(30_000);
    let world: UsageWorld;
    const mails: Mail[] = [];
    before(async () => {
      world = await usageWorld(kind, {
        environment: { REPORT_TO: 'ops@example.com' },
        mailer: recordingMailer(mails),
      });
    });
    after(() => world.close());
    beforeEach(async () => {
      mails.length = 0;
      await resetUsageWorld(world);
      await addTrainer(world.database, { id: 'ada' });
      await addLink(world.database, { id: 'l1', job_id: 'A', external_project_id: 'P' });
      await addLink(world.database, { id: 'l2', job_id: 'A', external_project_id: 'Q' });
      await addLink(world.database, { id: 'l3', job_id: 'A', external_project_id: 'R', removed_at: 5 });
      await addContract(world.database, { id: 'c1', job_id: 'A', title: 'Label cats', trainerIds: ['ada'] });
    });

    const due = async (kindOfWork: string): Promise<string[]> =>
      world.database('queue_items').where({ kind: kindOfWork }).orderBy('key').pluck('key');
    const accept = (state: BudgetState, change: Partial<Budget> = {}) =>
      acceptBudget(world.context, budget(state, change), 'test');
    const history = (): Promise<BudgetHistoryRow[]> =>
      world.database('budget_history').where({ contract_id: 'c1' }).orderBy('id').select('*');
    /** Does the work that is due, once. */
    const work = async (): Promise<void> => {
      for (const key of await due('notice')) await showNotice(world.context, key);
      for (const key of await due('budget-mail')) await sendBudgetMail(world.context, key);
      await world.database('queue_items').delete();
    };

    it('keep a history of every change, and nothing for the same again', async () => {
      await accept('OK');
      await accept('OK', { lastUsageAt: '2031-05-20T10:00:00Z' });
      await accept('LOW');
      const told = await history();
      expect(told.map(({ previous_state, state }) => [previous_state, state])).to.deep.equal([
        [null, 'OK'],
        ['OK', 'LOW'],
      ]);
    });

    it('ignore an answer that a later one overtook', async () => {
      await accept('LOW', { lastUsageAt: '2031-05-20T10:00:00Z' });
      await accept('OK', { lastUsageAt: '2031-05-20T09:00:00Z' });
      expect(await history()).to.have.length(1);
    });

    it('put a notice on every linked project when low, change it when depleted, and take it away on funding', async () => {
      await accept('LOW');
      expect(await due('notice')).to.deep.equal(['P', 'Q']);
      await work();
      expect(world.tool.notices.get('P')).to.match(/More than 80 %.*Label cats/s);
      await accept('DEPLETED');
      await work();
      expect(world.tool.notices.get('Q')).to.match(/used up.*stop labelling.*Label cats/s);
      await accept('OK', { fundedVolume: 5_000 });
      await work();
      expect(world.tool.notices.size).to.equal(0);
    });

    it('keep a notice while another contract of the job still needs it, and drop it when that contract ends', async () => {
      await addContract(world.database, { id: 'c2', job_id: 'A', trainerIds: ['ada'] });
      await accept('LOW');
      await acceptBudget(world.context, budget('LOW', { contractId: 'c2' }), 'test');
      await work();
      await accept('OK');
      await work();
      expect(world.tool.notices.get('P'))
        .to.match(/c2/)
        .and.not.match(/Label cats/);
      await world.database('contracts').where({ id: 'c2' }).update({ status: 'ended', final_submitted_at: 1 });
      await syncUsage(world.context, { cause: 'test' });
      await work();
      expect(world.tool.notices.size).to.equal(0);
    });

    it('show a notice once however often it is due, and never where the tool cannot', async () => {
      await accept('LOW');
      await showNotice(world.context, 'P');
      await showNotice(world.context, 'P');
      expect(world.tool.noticesSet).to.equal(1);
      world.tool.capabilities = { ...world.tool.capabilities, notices: false };
      await showNotice(world.context, 'Q');
      expect(world.tool.noticesSet).to.equal(1);
    });

    it('mail trainer and admin once for each crossing to depleted, and nobody when it is low', async () => {
      await accept('LOW');
      expect(await due('budget-mail')).to.deep.equal([]);
      await accept('DEPLETED');
      await accept('DEPLETED', { consumedVolume: 1_200 });
      await work();
      expect(mails.map(({ to }) => to).sort()).to.deep.equal(['ada@opentrain.work', 'ops@example.com']);
      expect(mails.find(({ to }) => to === 'ops@example.com')?.text).to.match(
        /Funded: 1,000 labels. Consumed: 1,200 labels/,
      );
      await accept('OK', { fundedVolume: 2_000 });
      await accept('DEPLETED', { fundedVolume: 2_000, consumedVolume: 2_000 });
      await work();
      expect(mails).to.have.length(4);
      expect(new Set(mails.map(({ messageId }) => messageId)).size, 'each is a message of its own').to.equal(4);
    });

    it('mail nobody when funding came before the mail went out', async () => {
      await accept('DEPLETED');
      await accept('OK', { fundedVolume: 5_000 });
      await work();
      expect(mails).to.deep.equal([]);
    });

    it('mail nobody of what is read within an hour of a restored backup: the lost store may have mailed it', async () => {
      const restored = async (minutesAgo: number) => {
        await world.database('audit_log').where({ action: RESTORE }).delete();
        const at = new Date(world.context.clock.now().getTime() - minutesAgo * 60_000);
        await recordAudit(world.database, { at, cause: 'restored from a backup', action: RESTORE });
      };
      await restored(59);
      await accept('DEPLETED');
      await work();
      expect(mails).to.deep.equal([]);
      await restored(61);
      await accept('OK', { fundedVolume: 2_000 });
      await accept('DEPLETED', { fundedVolume: 2_000, consumedVolume: 2_000 });
      await work();
      expect(mails).to.have.length(2);
    });

    it('act once when several replicas hear of the same crossing at once', async () => {
      await accept('OK');
      await Promise.all(Array.from({ length: 8 }, () => accept('DEPLETED')));
      expect(await history()).to.have.length(2);
      expect(await due('budget-mail')).to.have.length(2);
    });

    it('come back with every accepted report, and are read again when an event says so', async () => {
      world.tool.annotations.push({
        projectId: 'P',
        taskId: '1',
        toolUserId: '7',
        email: 'ada@opentrain.work',
        createdAt: new Date('2031-05-19T10:00:00Z'),
        seconds: 5,
        regions: 1,
      });
      world.openTrain.budgetOf = () => budget('LOW');
      await syncUsage(world.context, { cause: 'test' });
      expect(await due('notice')).to.deep.equal(['P', 'Q']);
      world.openTrain.budgetOf = () => budget('OK', { fundedVolume: 9_000 });
      await refreshBudget(world.context, 'c1', 'event 7 (milestone.funded)');
      const told = await history();
      expect(told.map(({ source, state }) => [source, state])).to.deep.equal([
        ['usage report', 'LOW'],
        ['event 7 (milestone.funded)', 'OK'],
      ]);
      world.openTrain.budgetOf = () => null;
      await refreshBudget(world.context, 'c1', 'event 8');
    });
  });
}

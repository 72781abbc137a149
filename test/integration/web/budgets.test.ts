import { expect } from 'chai';
import { reportStatus } from '../../../plugin/commands/status.ts';
import { nightlyReport } from '../../../plugin/report/report.ts';
import { reportText } from '../../../plugin/report/report-text.ts';
import { markAlerts } from '../../../plugin/status/alerts.ts';
import { createFormat } from '../../../plugin/text/format.ts';
import { fillBelievably } from '../../support/believable.ts';
import { fillBudgets } from '../../support/believable-budgets.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

const DAY_MS = 86_400_000;

for (const kind of storeKinds) {
  describe(`budgets in the console on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    beforeEach(async () => {
      world = await WebWorld.open(kind, { REPORT_TO: 'ops@example.com' });
      await fillBelievably(world.access);
      await fillBudgets(world.access);
      cookie = await world.signIn();
      world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url, REPORT_TO: 'ops@example.com' });
      world.serve();
    });
    afterEach(() => world.close());

    const keep = (fields: Record<string, string>) =>
      world.act(cookie, '/console/budgets', '/console/budgets/thresholds', fields);
    const told = async (): Promise<string[]> =>
      (await reportStatus(world.access.context)).status.problems
        .filter(({ matter }) => matter.startsWith('budget'))
        .map(({ what }) => what);
    const alerts = async (): Promise<string[]> =>
      (await world.access.store.database('queue_items').where({ kind: 'alert-mail' }).orderBy('key')).map(
        ({ key }) => key,
      );

    it('lead from each contract to its burn-down, with forecast, threshold, and the numbers as a table', async () => {
      expect(await world.page('/console/budgets', cookie)).to.include('href="/console/budgets/ctr_1"');
      const html = await world.page('/console/budgets/ctr_1', cookie);
      expect(html).to.include('8,400 of 20,000 labels (42 %), left <strong>11,600</strong>');
      for (const part of ['line', 'forecast', 'threshold'])
        expect(html).to.match(new RegExp(`<(poly)?line class="${part}"`));
      const [, line = ''] = /class="line" points="([^"]*)"/.exec(html) ?? [];
      expect(line.split(' ')).to.have.length(31);
      const [table = ''] = /The burn-down, day by day[\s\S]*?<\/table>/.exec(html) ?? [];
      expect(table.match(/<tr>/g)).to.have.length(32);
      expect(table).to.include('data-label="Left">11,600<');
    });

    it('tell their history: who told what, and what it changed', async () => {
      const html = await world.page('/console/budgets/ctr_1', cookie);
      const [history = ''] = /id="history"[\s\S]*?<\/table>/.exec(html) ?? [];
      expect(history).to.match(/<br><strong>\+10,000<\/strong><\/td>[\s\S]{0,200}event 1042 \(milestone\.funded\)/);
      expect((await world.get('/console/budgets/ctr_1?page=2', cookie)).status).to.equal(200);
      expect((await world.get('/console/budgets/nobody', cookie)).status).to.equal(404);
      expect((await world.get('/console/budgets/ctr_5', cookie)).status, 'no budget was told').to.equal(404);
    });

    it('are told by thresholds of one’s own: in status, on the overview, in the report, by one alert a week', async () => {
      expect(await told()).to.deep.equal([
        'The budget of Radiology reports (Chinwe A.) (ctr_3) is DEPLETED.',
        'The budget of Support tickets, intent (Björn S.) (ctr_2) is 83 % used; your threshold is 75 %.',
        'The budget of Street scenes, boxes (Ada O.) (ctr_1) lasts 43 more days at its pace; your threshold is 45 days.',
      ]);
      expect(await world.page('/console', cookie))
        .to.include('your threshold is 45 days')
        .and.to.include('/console/budgets/ctr_1');
      const { context } = world.access;
      const report = await nightlyReport(context, world.access.date.toISOString().slice(0, 10));
      const text = reportText(
        report,
        createFormat('UTC', () => world.access.date),
      );
      expect(text)
        .to.match(/ctr_2\).*75 % reached/)
        .and.to.match(/ctr_1\).*45 days reached/);
      await markAlerts(context);
      const first = await alerts();
      expect(first)
        .to.include('budget threshold of ctr_2: used 20000')
        .and.to.include('budget threshold of ctr_1: ends 20000');
      await world.access.store.database('queue_items').where('kind', 'like', 'alert-%').delete();
      world.access.later(2 * DAY_MS);
      await markAlerts(world.access.context);
      expect(await alerts())
        .to.include('budget of ctr_3')
        .and.not.to.include('budget threshold of ctr_2: used 20000');
      world.access.later(5 * DAY_MS);
      await markAlerts(world.access.context);
      expect(await alerts()).to.include('budget threshold of ctr_2: used 20000');
    });

    it('keep a threshold for all jobs and for one, each part by itself, and tell the audit log who set it', async () => {
      await keep({ used: '90', days: '' });
      await keep({ job: 'job_boxes', used: '', days: '' });
      expect(await told(), 'a percentage stands in the place of LOW').to.deep.equal([
        'The budget of Radiology reports (Chinwe A.) (ctr_3) is DEPLETED.',
      ]);
      const back = await keep({ job: 'job_boxes', contract: 'ctr_1', used: '42', days: '' });
      expect(back.headers.get('location')).to.equal('/console/budgets/ctr_1?done=threshold');
      expect(await world.page('/console/budgets/ctr_1?done=threshold', cookie))
        .to.include('The thresholds are kept.')
        .and.to.include('over 42 %');
      expect(await world.page('/console/budgets', cookie)).to.include('42 % used <small>job');
      const rows = await world.access.store
        .database('audit_log')
        .where({ action: 'set-budget-threshold' })
        .orderBy('id');
      expect(rows.slice(2).map(({ cause, before, after, detail }) => [cause, before, after, detail])).to.deep.equal([
        ['console link', '75 % used', '90 % used', 'all jobs'],
        ['console link', '45 days left', 'none', 'job job_boxes'],
        ['console link', 'none', '42 % used', 'job job_boxes'],
      ]);
    });

    it('refuse what is no threshold, and keep what is there', async () => {
      for (const fields of [
        { used: '0' },
        { used: '101' },
        { used: '7.5' },
        { days: 'soon' },
        { days: '366' },
        { job: 'none', used: '5' },
      ]) {
        expect((await keep(fields)).status, JSON.stringify(fields)).to.equal(409);
      }
      const rows = await world.access.store.database('budget_thresholds').orderBy('job_id');
      expect(rows.map(({ used_percent, days_left }) => [used_percent, days_left])).to.deep.equal([
        [75, null],
        [null, 45],
      ]);
    });

    it('show a viewer the thresholds, and no form', async () => {
      const viewer = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
      expect(await world.page('/console/budgets', viewer))
        .to.include('75 % used')
        .and.not.to.include('name="used"');
      expect(await world.page('/console/budgets/ctr_1', viewer))
        .to.include('In use: 75 % used, 45 days left')
        .and.not.to.include('name="used"');
    });
  });
}

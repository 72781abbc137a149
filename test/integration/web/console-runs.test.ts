import { expect } from 'chai';
import { stub } from 'sinon';
import { OpenTrainClient } from '../../../plugin/platform/client.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { fillRuns } from '../../support/believable-runs.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

for (const kind of storeKinds) {
  describe(`what an admin asks for in the console, on ${kind}`, function () {
    this.timeout(60_000);
    let openTrain: SandboxWorld;
    let world: WebWorld;
    let cookie: string;

    beforeEach(async () => {
      openTrain = await startSandboxWorld();
      const settings = {
        OPENTRAIN_PARTNER_TOKEN: openTrain.sandbox.partnerToken,
        OPENTRAIN_BASE_URL: openTrain.sandbox.baseUrl,
      };
      world = await WebWorld.open(kind, settings);
      world.access.now = openTrain.clock.time.getTime();
      const { sandbox } = openTrain;
      const { log } = world.access.context;
      world.access.use({
        openTrain: new OpenTrainClient({ baseUrl: sandbox.baseUrl, token: async () => sandbox.partnerToken, log }),
      });
      world.serve();
      cookie = await world.signIn();
    });
    afterEach(async () => {
      await world.close();
      await openTrain.close();
    });

    async function ask(page: string, fields: Record<string, string>): Promise<Response> {
      return world.act(cookie, page, page, fields);
    }

    /** Does what the queue has to do for the console, as `start` would. */
    async function work(signal = new AbortController().signal): Promise<void> {
      const { context } = world.access;
      const run = createHandlers(context)['console-run'];
      for (const { key, detail } of await context.database('queue_items').where({ kind: 'console-run' })) {
        await run?.run(key, detail, signal);
        await context.database('queue_items').where({ kind: 'console-run', key }).delete();
      }
    }

    function trialOf(html: string): string {
      return /name="trial" value="([^"]+)"/.exec(html)?.[1] ?? '';
    }

    it('runs doctor: the page reloads itself while it runs, and then tells each check with its remedy', async () => {
      world.access.use({ mailer: null });
      const answer = await ask('/console/doctor', { kind: 'doctor' });
      expect(answer.status).to.equal(303);
      expect(answer.headers.get('location')).to.equal('/console/doctor?done=asked');
      const waiting = await world.get('/console/doctor', cookie);
      expect(waiting.headers.get('refresh')).to.equal('2');
      expect(await waiting.text()).to.include('Waiting to begin');
      await work();
      const done = await world.get('/console/doctor', cookie);
      expect(done.headers.get('refresh')).to.equal(null);
      const html = await done.text();
      expect(html)
        .to.include('SMTP_URL')
        .and.to.match(/\d+ failures, \d+ warnings\./);
      expect(html).to.include('class="state low">warning');
      expect(await world.access.audit()).to.deep.equal(['run-doctor  – → –']);
    });

    it('gives the statements that doctor asks for as they are, to copy into any SQL console', async () => {
      await fillRuns(world.access);
      const html = await world.page('/console/doctor', cookie);
      const [, statements = ''] = /<code id="sql">([^<]+)<\/code>/.exec(html) ?? [];
      expect(statements.split('\n')).to.deep.equal([
        'GRANT UPDATE (is_active, active_organization_id) ON htx_user TO opentrain_plugin;',
        'GRANT UPDATE (deleted_at) ON organizations_organizationmember TO opentrain_plugin;',
      ]);
      expect(await world.page('/console/settings/tool', cookie)).to.include('data-copy="sql"');
    });

    it('shows what reconciling would change, and changes it only then', async () => {
      const { trainerId } = await openTrain.hired();
      await ask('/console/reconcile', { kind: 'plan' });
      await work();
      const shown = await world.page('/console/reconcile', cookie);
      expect(shown).to.include('1 to change, 0 to keep. Nothing was changed yet.').and.to.include('Ada L.');
      expect(await world.access.rows(), 'before the admin said so').to.deep.equal([]);
      world.access.later(1_000);
      await ask('/console/reconcile', { kind: 'reconcile', trial: trialOf(shown) });
      await work();
      expect(await world.page('/console/reconcile', cookie))
        .to.include('1 changed.')
        .and.not.to.include('name="trial"');
      expect(await world.access.state(trainerId)).to.equal('* invited');
      const [row] = await world.access.store.database('audit_log').where({ action: 'invite' });
      expect(row.cause, 'the log names who acted').to.match(/^console/);
    });

    it('changes nothing without a trial that was shown, nor after one that is old', async () => {
      await openTrain.hired();
      const without = await ask('/console/reconcile', { kind: 'reconcile', trial: '' });
      expect(without.status).to.equal(409);
      await ask('/console/reconcile', { kind: 'plan' });
      await work();
      const trial = trialOf(await world.page('/console/reconcile', cookie));
      world.access.later(16 * 60_000);
      expect(await world.page('/console/reconcile', cookie)).not.to.include('name="trial"');
      expect((await ask('/console/reconcile', { kind: 'reconcile', trial })).status).to.equal(409);
      await work();
      expect(await world.access.rows()).to.deep.equal([]);
    });

    it('shows which days differ by name, and sends them only then', async () => {
      const { contractId, trainerId } = await openTrain.hired();
      await ask('/console/reconcile', { kind: 'plan' });
      await work();
      const { context } = world.access;
      await createHandlers(context).reconcile?.run('all', '{"cause":"test"}', new AbortController().signal);
      await world.access.tie(trainerId, { id: 'account' });
      const held = () => openTrain.sandbox.state.contracts.get(contractId)?.usage.size;
      const day = { projectId: '1', toolUserId: 'account', email: null, day: '2031-05-20', tasks: 3, seconds: 90 };
      stub(world.access.tool, 'tally').resolves([
        { ...day, annotations: 7, regions: 7, cappedAnnotations: 0, cappedSeconds: 0 },
      ]);
      await ask('/console/sync', { kind: 'differences' });
      await work();
      const shown = await world.page('/console/sync', cookie);
      expect(shown).to.include('1 day to be changed').and.to.include('Ada L.').and.not.to.include(contractId);
      expect(held(), 'before the admin said so').to.equal(0);
      world.access.later(1_000);
      await ask('/console/sync', { kind: 'sync', trial: trialOf(shown) });
      await work();
      expect(await world.page('/console/sync', cookie)).to.include('1 day accepted');
      expect(held()).to.equal(1);
    });

    it('tells how far it is, and takes no second one meanwhile', async () => {
      await ask('/console/sync', { kind: 'differences' });
      await world.access.store.database('console_runs').update({ started_at: world.access.now, done: 3, total: 12 });
      const html = await world.page('/console/sync', cookie);
      expect(html).to.include('3 of 12').and.to.include('disabled>Show what differs');
      expect((await ask('/console/sync', { kind: 'differences' })).status).to.equal(409);
    });

    it('says why it failed, with the remedy, and is not tried again by itself', async () => {
      await openTrain.sandbox.close();
      await ask('/console/reconcile', { kind: 'plan' });
      await work();
      const html = await world.page('/console/reconcile', cookie);
      expect(html).to.include('OpenTrain cannot be reached').and.to.include('OPENTRAIN_BASE_URL');
      expect(html).not.to.include('disabled');
    });

    it('begins anew after it was cut off', async () => {
      await ask('/console/doctor', { kind: 'doctor' });
      const cutOff = AbortSignal.abort();
      const broken = stub(world.access.tool, 'check').rejects(new Error('cut'));
      await work(cutOff).catch(() => undefined);
      broken.restore();
      await work();
      expect(await world.page('/console/doctor', cookie)).to.match(/failures, \d+ warnings/);
    });

    it('shows the report of any day as it would be mailed, on a page that only we may frame', async () => {
      const page = await world.page('/console/report?day=2031-05-18', cookie);
      expect(page).to.include('src="/console/report/mail?day=2031-05-18"').and.to.include('Labels of Sun 18 May 2031');
      const mail = await world.get('/console/report/mail?day=2031-05-18', cookie);
      expect(mail.headers.get('content-security-policy'))
        .to.include("frame-ancestors 'self'")
        .and.not.to.include('script');
      expect(await mail.text()).to.include('Labels of Sun 18 May 2031');
      const csv = await world.get('/console/report/csv?day=2031-05-18', cookie);
      expect(csv.headers.get('content-disposition')).to.include('labels-2031-05-18.csv');
    });

    it('is for admins: a viewer does not even see the pages, nor their names', async () => {
      const viewer = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
      for (const path of ['/console/doctor', '/console/reconcile', '/console/sync', '/console/report/mail']) {
        expect((await world.get(path, viewer)).status, path).to.equal(403);
      }
      expect(await world.page('/console', viewer)).not.to.include('/console/doctor');
    });

    it('refuses a form of another session', async () => {
      const answer = await world.post('/console/doctor', { form: 'made up', kind: 'doctor' }, { cookie });
      expect(answer.status).to.equal(403);
      expect(await world.access.store.database('console_runs')).to.deep.equal([]);
    });
  });
}

import { expect } from 'chai';
import { listItems } from '../../../plugin/queue/items.ts';
import { manifest } from '../../../plugin/settings/manifest.ts';
import { settingValue } from '../../../plugin/web/console/setting-values.ts';
import { latestDeliveries } from '../../../plugin/webhooks/deliveries.ts';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { consolePages, formToken, WebWorld } from '../../support/web-world.ts';

for (const kind of storeKinds) {
  describe(`the console on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    before(async () => {
      world = await WebWorld.open(kind, { OPENTRAIN_APP_SLUG: 'our-tool' });
      cookie = await world.signIn();
    });
    after(() => world.close());
    beforeEach(() => world.serve());

    it('shows every page of a plugin that has just been installed', async () => {
      for (const path of consolePages) {
        const response = await world.get(path, cookie);
        expect(response.status, path).to.equal(200);
        expect(await response.text(), path).not.to.match(/undefined|NaN|\[object/);
      }
    });

    it('shows every page with what a running plugin has', async () => {
      await fillBelievably(world.access);
      const day = world.access.date.toISOString().slice(0, 10);
      for (const path of [
        ...consolePages,
        `/console/usage?from=${day}&until=${day}&by=entry`,
        '/console/audit?trainer=usr_4',
        '/console?page=x',
      ]) {
        const response = await world.get(path, cookie);
        expect(response.status, path).to.equal(200);
        expect(await response.text(), path).not.to.match(/undefined|NaN|\[object/);
      }
    });

    it('tells on the overview what needs the admin, since when, and what to do', async () => {
      const html = await world.page('/console', cookie);
      expect(html).to.include('The mail server does not answer').and.to.include('1 May 2031, 07:00 UTC');
      expect(html).to.include('dmitri@opentrain.work').and.to.include('GRANT UPDATE');
      expect(html).to.include('<code>opentrain-plugin doctor</code>');
    });

    it('explains a day of a contract, annotation by annotation', async () => {
      const day = world.access.date.toISOString().slice(0, 10);
      const address = `/console/explain?contract=ctr_1&day=${day}`;
      const html = await world.page(address, cookie);
      expect(html).not.to.match(/undefined|NaN|\[object/);
      expect(html)
        .to.include('88101')
        .and.to.include('Street scenes, boxes (12)')
        .and.to.include('no: the task was skipped');
      expect(html).to.include('no: its project is linked to no job').and.to.include('5,200 s');
      expect(await world.page(`/console/usage?from=${day}&until=${day}&by=entry`, cookie)).to.include(
        address.replace('&', '&amp;'),
      );
      expect((await world.get(address)).status, 'not signed in').to.equal(401);
      for (const wrong of ['', '?contract=ctr_1', '?contract=ctr_1&day=yesterday', `?day=${day}`]) {
        expect((await world.get(`/console/explain${wrong}`, cookie)).status, wrong).to.equal(400);
      }
      const unknown = await world.get(`/console/explain?contract=%3Cb%3E&day=${day}`, cookie);
      expect(unknown.status).to.equal(409);
      expect(await unknown.text()).to.include('&lt;b&gt; is not known');
    });

    it('shows country and profile of a trainer, and links to addresses of the web only', async () => {
      const { database } = world.access.store;
      const profile = 'https://app.opentrain.ai/profiles/usr_5';
      await database('trainers').where({ id: 'usr_5' }).update({ country: 'Peru', profile_url: profile });
      await database('trainers').where({ id: 'usr_4' }).update({ profile_url: 'javascript:alert(1)' });
      const html = await world.page('/console/trainers', cookie);
      expect(html).to.include('Peru').and.to.include(`href="${profile}"`);
      expect(html).not.to.include('javascript:alert');
    });

    it('leads to the consent screen from a project that a reconnect left behind', async () => {
      const { database } = world.access.store;
      const { id, project_id } = await database('project_links').whereNull('removed_at').first('id', 'project_id');
      expect(await world.page('/console/projects', cookie)).not.to.include('Connect from this project');
      await database('project_links').where({ id }).update({ not_linked_since: world.access.now });
      const html = await world.page('/console/projects', cookie);
      expect(html).to.include(`href="/connect?project=${project_id}"`).and.to.include('Connect from this project');
      await database('project_links').where({ id }).update({ not_linked_since: null });
      const consent = await world.page(`/connect?project=${project_id}`, cookie);
      expect(consent).to.include(`external_project_id=${project_id}`);
    });

    it('shows what comes from elsewhere as text, with commands and addresses set apart', async () => {
      const { database } = world.access.store;
      const before = await database('access').where({ trainer_id: 'usr_5' }).first();
      const remedy = '<img src=x> run `drop <b>` or see https://example.com/a?b=1&c=2.';
      await database('access').where({ trainer_id: 'usr_5' }).update({ remedy, reason: '<i>' });
      for (const path of ['/console', '/console/trainers']) {
        const html = await world.page(path, cookie);
        expect(html, path).not.to.match(/<img src=x|<i>|<b>/);
        expect(html, path).to.include('<code>drop &lt;b&gt;</code>');
        expect(html, path).to.include('<a href="https://example.com/a?b=1&amp;c=2" rel="noreferrer">');
      }
      await database('access').where({ trainer_id: 'usr_5' }).update(before);
    });

    it('finds trainers by state and by name', async () => {
      const blocked = await world.page('/console/trainers?state=blocked', cookie);
      expect(blocked).to.include('Eleni P.').and.not.to.include('Ada O.');
      const found = await world.page('/console/trainers?q=hana', cookie);
      expect(found).to.include('hana@opentrain.work').and.not.to.include('Ada O.');
      expect(await world.page('/console/trainers?q=%00%27%22%3Cb%3E', cookie)).to.include('Nobody like that');
    });

    it('makes a trainer due when asked to check again', async () => {
      await world.access.store.database('queue_items').where({ kind: 'access' }).delete();
      const response = await world.act(cookie, '/console/trainers', '/console/trainers/check', { trainer: 'usr_5' });
      expect(response.headers.get('location')).to.equal('/console/trainers?done=retried');
      const due = (await listItems(world.access.store.database)).filter((row) => row.kind === 'access');
      expect(due.map(({ key }) => key)).to.deep.equal(['usr_5']);
      expect(await world.page('/console/trainers?done=retried', cookie)).to.include('will be tried within seconds');
    });

    it('makes a new invitation in place of the last one', async () => {
      await world.access.work();
      const before = world.access.token('hana');
      await world.act(cookie, '/console/trainers', '/console/trainers/invite', { trainer: 'usr_8' });
      await world.access.work();
      expect(world.access.token('hana')).not.to.equal(before);
      expect((await world.get(`/invitations/${before}`)).status).to.equal(410);
      const audit = await world.access.audit();
      expect(audit.at(-1)).to.match(/^resend-invitation usr_8/);
      const refused = await world.act(cookie, '/console/trainers', '/console/trainers/invite', { trainer: 'usr_1' });
      expect(refused.status).to.equal(409);
    });

    it('shows the link of an invitation that no mail has carried', async () => {
      const { mailer } = world.access.context;
      world.access.use({ mailer: null });
      await world.access.store.database('invitations').where({ trainer_id: 'usr_8' }).update({ mailed_at: null });
      const html = await world.page('/console/trainers?q=hana', cookie);
      const link = /value="([^"]+\/invitations\/[^"]+)"/.exec(html)?.[1] ?? '';
      expect((await fetch(link)).status).to.equal(200);
      world.access.use({ mailer });
    });

    it('tries failing work and deliveries again at once', async () => {
      const { database } = world.access.store;
      const notice = { kind: 'notice', key: '21' };
      const response = await world.act(cookie, '/console/queue', '/console/queue/retry', notice);
      expect(response.headers.get('location')).to.equal('/console/queue?done=retried');
      const row = (await listItems(database)).find(({ kind: found }) => found === 'notice');
      expect(row?.due_at).to.equal(world.access.now);
      const failing = (await latestDeliveries(database, 100)).find((delivery) => delivery.failing_since !== null);
      await world.act(cookie, '/console/deliveries', '/console/deliveries/retry', { delivery: failing?.id ?? '' });
      const now = (await latestDeliveries(database, 100)).find(({ id }) => id === failing?.id);
      expect(now?.due_at).to.equal(world.access.now);
    });

    it('changes what one label is', async () => {
      const unit = { link: 'plink_12', unit: 'regions' };
      await world.act(cookie, '/console/projects', '/console/projects/unit', unit);
      const row = await world.access.store.database('project_links').where({ id: 'plink_12' }).first();
      expect(row.label_unit).to.equal('regions');
      const wrong = { link: 'plink_12', unit: 'pixels' };
      expect((await world.act(cookie, '/console/projects', '/console/projects/unit', wrong)).status).to.equal(409);
    });

    it('takes no form without its token, nor one of another session', async () => {
      const mine = { trainer: 'usr_1' };
      expect((await world.post('/console/trainers/check', mine, { cookie })).status).to.equal(403);
      const other = await world.signIn();
      const form = formToken(await world.page('/console', other));
      expect((await world.post('/console/trainers/check', { ...mine, form }, { cookie })).status).to.equal(403);
      const everybody = { confirmation: 'remove everybody', form };
      expect((await world.post('/console/remove-everybody', everybody, { cookie })).status).to.equal(403);
      expect((await world.post('/connect/token', { form, token: 'x' }, { cookie })).status).to.equal(403);
    });

    it('removes everybody only when it was typed, and lets them in again', async () => {
      const path = '/console/remove-everybody';
      const refused = await world.act(cookie, path, path, { confirmation: 'yes' });
      expect(refused.status).to.equal(422);
      expect((await world.access.rows()).some(({ state }) => state === 'active')).to.equal(true);
      const done = await world.act(cookie, path, path, { confirmation: ' Remove everybody ' });
      expect(done.status).to.equal(200);
      expect(await done.text()).to.include('Ada O.');
      expect((await world.access.rows()).some(({ state }) => state === 'active')).to.equal(false);
      expect(await world.page(path, cookie)).to.include('Let them in again');
      await world.act(cookie, path, `${path}/restore`);
      expect(await world.access.store.database('access_holds')).to.deep.equal([]);
    });

    it('pages through long lists', async () => {
      const first = await world.page('/console/deliveries', cookie);
      expect(first).to.include('page=2').and.not.to.include('← Previous');
      const second = await world.page('/console/deliveries?page=2', cookie);
      expect(second).to.include('← Previous').and.not.to.include('Next →');
      expect(await world.page('/console/deliveries?page=99', cookie)).to.include('← Previous');
    });

    it('says what it cannot ask the tool, and takes a project by hand then', async () => {
      world.access.tool.listProjects = () => Promise.reject(new Error('connection refused'));
      const html = await world.page('/console/projects', cookie);
      expect(html).to.include('connection refused').and.to.include('<input id="project"');
    });

    it('answers what it cannot do with what to do', async () => {
      const down = await world.act(cookie, '/console/projects', '/console/projects/link', {
        project: '7',
        job: 'job_1',
        unit: 'annotations',
      });
      expect(down.status).to.equal(409);
      const html = await down.text();
      expect(html).to.include('OpenTrain cannot be reached').and.to.include('OPENTRAIN_BASE_URL');
      expect(html, 'the form as it was filled in').to.include('name="job" value="job_1"');
    }).timeout(30_000);

    it('shows who is under contract on the job of a project, and what was worked', async () => {
      const html = await world.page('/console/projects', cookie);
      expect(html).to.match(/>\d active<span class="hidden"> on Street scenes, boxes</);
      expect(html).to.match(/>[\d,]+ labels<span class="hidden"> on Street scenes, boxes<\/span><\/a>, \d+ h/);
    });

    it('shows every setting with its help, and no secret', async () => {
      const secret = 'postgres://someone:very-secret@db.example.com/tool';
      const { settings } = world.access.context;
      world.access.useSettings({
        PLUGIN_PUBLIC_URL: world.url,
        TOOL_DATABASE_URL: secret,
        TOOL_API_TOKEN: 'tool-token',
        SMTP_URL: 'smtp://u:p@m',
        MAIL_FROM: 'a@b',
      });
      world.serve();
      const html = await world.page('/console/settings', cookie);
      for (const { name } of manifest.settings) {
        expect(html).to.include(name);
        expect(() => settingValue(world.access.context.settings, name)).not.to.throw();
      }
      expect(html).to.match(/<code>TOOL_BASE_URL<\/code>[\s\S]{1,200}<small>from the environment<\/small>/);
      expect(html).to.match(/<code>PLUGIN_HOST<\/code>[\s\S]{1,200}<small>from its default<\/small>/);
      for (const part of ['very-secret', 'tool-token', 'smtp://u:p']) expect(html).not.to.include(part);
      world.access.use({ settings });
    });
  });
}

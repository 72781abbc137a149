/** The forms of settings in the console: what they save, what they refuse and how, and what they never show. */
import { chmodSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { readSettingsText } from '../../../plugin/settings/settings-file.ts';
import type { RunningSettings } from '../../../plugin/setup/running-settings.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

const SECRET = 'smtp://labels:hunter22@127.0.0.1:1';

for (const kind of storeKinds) {
  describe(`the forms of settings on ${kind}`, () => {
    let world: WebWorld;
    let admin: string;
    let running: RunningSettings;
    before(async () => {
      world = await WebWorld.open(kind);
      admin = await world.signInAs({ role: 'admin', actor: 'console ada@example.com' });
    });
    after(() => world.close());
    beforeEach(async () => {
      running = world.useSettingsFile(
        { BRAND_NAME: 'Acme', SMTP_URL: SECRET, MAIL_FROM: 'labels@example.com' },
        { CONTACT: 'ops@example.com' },
      );
      await world.access.store.database('audit_log').delete();
    });

    const inFile = (): Record<string, string> =>
      Object.fromEntries(readSettingsText(readFileSync(running.file, 'utf8'), running.file));
    const save = (group: string, fields: Record<string, string>): Promise<Response> =>
      world.act(admin, `/console/settings/${group}`, `/console/settings/${group}`, fields);
    const goesOn = async (work: () => Promise<unknown>): Promise<boolean> => {
      let went = false;
      void running.changed().then(() => {
        went = true;
      });
      await work();
      return went;
    };
    const audit = () =>
      world.access.store.database('audit_log').orderBy('detail').select('action', 'cause', 'detail', 'before', 'after');

    it('save what was changed, keep the rest, record who it was, and let the plugin go on with it', async () => {
      const before = inFile();
      const went = await goesOn(async () => {
        const response = await save('mail', {
          ...{ BRAND_NAME: 'Beta & Söhne', 'was.BRAND_NAME': 'Acme' },
          ...{ BRAND_COLOR: '#104080', 'was.BRAND_COLOR': '#1f5eff' },
          ...{ MAIL_FROM: 'labels@example.com', 'was.MAIL_FROM': 'labels@example.com' },
        });
        expect([response.status, response.headers.get('location')]).to.deep.equal([303, '/console/settings']);
      });
      expect(went, 'start was told').to.equal(true);
      expect(inFile()).to.deep.equal({ ...before, BRAND_NAME: 'Beta & Söhne', BRAND_COLOR: '#104080' });
      expect(statSync(running.file).mode & 0o777).to.equal(0o600);
      const by = { action: 'change-setting', cause: 'console ada@example.com' };
      expect(await audit()).to.deep.equal([
        { ...by, detail: 'BRAND_COLOR', before: '#1f5eff', after: '#104080' },
        { ...by, detail: 'BRAND_NAME', before: 'Acme', after: 'Beta & Söhne' },
      ]);
      expect(await world.page('/console/settings', admin))
        .to.include('BRAND_NAME, BRAND_COLOR: changed by console ada@example.com')
        .and.to.include('In effect.');
    });

    it('take a setting away that is emptied, or has its default again', async () => {
      await save('mail', { BRAND_NAME: '', 'was.BRAND_NAME': 'Acme' });
      expect(inFile()).not.to.have.property('BRAND_NAME');
      await save('access', { LINK_REMOVAL_GRACE: '60', 'was.LINK_REMOVAL_GRACE': '600' });
      expect(inFile()).to.have.property('LINK_REMOVAL_GRACE', '60');
      await save('access', { LINK_REMOVAL_GRACE: '600', 'was.LINK_REMOVAL_GRACE': '60' });
      expect(inFile()).not.to.have.property('LINK_REMOVAL_GRACE');
    });

    it('change nothing that was not touched, although somebody else changed it meanwhile', async () => {
      await save('mail', { BRAND_NAME: 'Beta', 'was.BRAND_NAME': 'Acme' });
      await save('mail', {
        ...{ BRAND_NAME: 'Acme', 'was.BRAND_NAME': 'Acme' },
        MAIL_LANGUAGE: 'de',
        'was.MAIL_LANGUAGE': 'en',
      });
      expect(inFile()).to.include({ BRAND_NAME: 'Beta', MAIL_LANGUAGE: 'de' });
    });

    const refusals: [group: string, fields: Record<string, string>, said: string][] = [
      ['mail', { BRAND_COLOR: '#ffe600', 'was.BRAND_COLOR': '#1f5eff' }, 'BRAND_COLOR is too light'],
      [
        'reports',
        { REPORT_SCHEDULE: 'every night', 'was.REPORT_SCHEDULE': '30 3 * * *' },
        'REPORT_SCHEDULE is not a cron',
      ],
      ['usage', { USAGE_TIMEZONE: 'Mars/Olympus', 'was.USAGE_TIMEZONE': 'UTC' }, 'USAGE_TIMEZONE is not a time zone'],
      ['mail', { MAIL_FROM: '', 'was.MAIL_FROM': 'labels@example.com' }, 'MAIL_FROM is needed with SMTP_URL'],
      ['sign-in', { OIDC_ISSUER: 'https://accounts.example.com' }, 'OIDC_CLIENT_ID is needed with OIDC_ISSUER'],
      ['tool', { TOOL_BASE_URL: '', 'was.TOOL_BASE_URL': 'http://127.0.0.1:1' }, 'TOOL_BASE_URL is not set'],
      ['tool', { TOOL_BASE_URL: 'http://127.0.0.1:2', 'was.TOOL_BASE_URL': 'http://127.0.0.1:1' }, 'type it again'],
      ['tool', { TOOL_DATABASE_URL: 'mysql://u:hunter22@h/d' }, 'TOOL_DATABASE_URL names MySQL'],
    ];
    for (const [group, fields, said] of refusals) {
      it(`refuse ${JSON.stringify(fields)} beside the field, keep it, and leave the file as it is`, async () => {
        const before = readFileSync(running.file, 'utf8');
        let html = '';
        const went = await goesOn(async () => {
          const response = await save(group, fields);
          expect(response.status).to.equal(409);
          html = await response.text();
        });
        expect(html).to.include(said).and.to.include('aria-invalid="true"').and.not.to.include('hunter22');
        const [name = '', value = ''] = Object.entries(fields)[0] ?? [];
        if (!value.includes('hunter22'))
          expect(html).to.match(new RegExp(`name="${name}"[^>]*value="${value.replaceAll(/[*?/.]/g, '\\$&')}"`));
        expect(readFileSync(running.file, 'utf8')).to.equal(before);
        expect([went, await audit()]).to.deep.equal([false, []]);
      });
    }

    it('never show a secret, replace it when one is typed, and take it away by its box', async () => {
      expect(await world.page('/console/settings/mail', admin))
        .to.include('It is set.')
        .and.not.to.include('hunter22');
      const kept = await save('mail', { SMTP_URL: '', BRAND_NAME: 'Beta', 'was.BRAND_NAME': 'Acme' });
      expect(kept.status).to.equal(303);
      expect(inFile()).to.have.property('SMTP_URL', SECRET);
      await save('reports', { ALERT_WEBHOOK_URL: 'https://hooks.example.com/hunter33' });
      expect(inFile()).to.have.property('ALERT_WEBHOOK_URL', 'https://hooks.example.com/hunter33');
      await save('reports', { ALERT_WEBHOOK_URL: '', 'clear.ALERT_WEBHOOK_URL': 'yes' });
      await save('mail', { SMTP_URL: '', 'clear.SMTP_URL': 'yes' });
      expect(inFile()).not.to.have.any.keys('SMTP_URL', 'ALERT_WEBHOOK_URL');
      const rows = await audit();
      expect(JSON.stringify(rows)).not.to.match(/hunter/);
      expect(
        rows.filter(({ detail }) => detail === 'ALERT_WEBHOOK_URL').map(({ before, after }) => [before, after]),
      ).to.have.deep.members([
        ['not set', 'set anew'],
        ['set', 'not set'],
      ]);
    });

    it('try the new value on the real thing, and save what fails only when that is asked for', async () => {
      const fields = {
        SMTP_URL: 'smtp://127.0.0.1:9',
        MAIL_FROM: 'labels@example.com',
        'was.MAIL_FROM': 'labels@example.com',
      };
      const first = await save('mail', fields);
      expect(first.status).to.equal(409);
      expect(await first.text(), 'no install yet: the next start would insist').not.to.include('Save all the same');
      await world.access.connect();
      const second = await save('mail', fields);
      expect(second.status).to.equal(409);
      expect(await second.text())
        .to.include('Save all the same')
        .and.to.include('mail server');
      expect(inFile()).to.have.property('SMTP_URL', SECRET);
      expect((await save('mail', { ...fields, anyway: 'yes' })).status).to.equal(303);
      expect(inFile()).to.have.property('SMTP_URL', 'smtp://127.0.0.1:9');
      await world.access.store.database('installs').delete();
    });

    it('refuse what the plugin could not begin with, although each value is right', async () => {
      rmSync(running.file);
      running = world.useSettingsFile({ TOOL_ADAPTER: '/no/such/adapter.ts' });
      const response = await save('access', { LINK_REMOVAL_GRACE: '60', 'was.LINK_REMOVAL_GRACE': '600' });
      expect([response.status, await response.text()].join()).to.match(/^409.*\/no\/such\/adapter/s);
      expect(inFile()).not.to.have.property('LINK_REMOVAL_GRACE');
    });

    it('tell where a setting is changed that the environment sets, and take no other value for it', async () => {
      const html = await world.page('/console/settings/mail', admin);
      expect(html)
        .to.include('The environment sets it')
        .and.not.to.include('name="CONTACT"')
        .and.not.to.include('name="MAIL_TEMPLATES"');
      await save('mail', { CONTACT: 'me', MAIL_TEMPLATES: '/tmp', BRAND_NAME: 'Beta', 'was.BRAND_NAME': 'Acme' });
      expect(inFile()).to.have.property('BRAND_NAME', 'Beta');
      expect(inFile()).not.to.have.any.keys('CONTACT', 'MAIL_TEMPLATES');
      expect(await world.page('/console/settings/plugin', admin))
        .to.include('move-store')
        .and.not.to.include('name="PLUGIN_PORT"');
    });

    it('are not there without a settings file, or where it may not be written, and say what to do', async () => {
      rmSync(running.file);
      const html = await world.page('/console/settings/mail', admin);
      expect(html).to.include('No settings file is in use').and.not.to.include('name="BRAND_NAME"');
      const listed = await world.page('/console/settings', admin);
      expect(listed).to.include('--settings-file FILE').and.to.include('How to change');
      const posted = await world.act(admin, '/console', '/console/settings/mail', {
        BRAND_NAME: 'x',
        'was.BRAND_NAME': 'Acme',
      });
      expect(posted.status).to.equal(409);
      world.useSettingsFile({ BRAND_NAME: 'Acme' });
      chmodSync(dirname(running.file), 0o500);
      const closed = await world.page('/console/settings', admin);
      chmodSync(dirname(running.file), 0o700);
      if (process.getuid?.() !== 0) expect(closed).to.include('may not write to');
    });

    it('are for admins: a viewer is shown no way to them', async () => {
      const viewer = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
      expect((await world.get('/console/settings/mail', viewer)).status).to.equal(403);
      expect(await world.page('/console/settings', viewer))
        .to.include('Acme')
        .and.not.to.include('/console/settings/mail');
      expect(await world.page('/console/settings', admin)).to.include('/console/settings/mail');
    });

    it('of a group that is not there are not found', async () => {
      expect((await world.get('/console/settings/nothing', admin)).status).to.equal(404);
      expect((await world.act(admin, '/console', '/console/settings/nothing')).status).to.equal(404);
    });

    it('tell that other processes of start on the same store have settings of their own', async () => {
      const heartbeats = () => world.access.store.database('heartbeats');
      const now = world.access.context.clock.now().getTime();
      const beat = (owner: string) => ({ owner, version: '1', started_at: now, seen_at: now });
      await heartbeats().delete();
      await heartbeats().insert([beat('a'), beat('b'), beat('c')]);
      for (const path of ['/console/settings', '/console/settings/mail']) {
        expect(await world.page(path, admin)).to.include('2 other processes');
      }
      await heartbeats().whereNot({ owner: 'a' }).delete();
      expect(await world.page('/console/settings', admin)).not.to.include('other process');
    });
  });
}

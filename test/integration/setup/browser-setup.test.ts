import { existsSync, readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import { startMailbox } from '../../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { readSettingsText } from '../../../plugin/settings/settings-file.ts';
import { createProcessWorld, type ProcessWorld } from '../../support/process-world.ts';
import { SetupWorld } from '../../support/setup-world.ts';
import { formToken } from '../../support/web-world.ts';

describe('the guided set-up over HTTP', function () {
  this.timeout(60_000);
  let parts: ProcessWorld;
  let world: SetupWorld;
  before(async () => {
    parts = await createProcessWorld('sqlite');
  });
  after(() => parts?.close());
  afterEach(() => world?.close());

  const setting = (name: string): string => parts.environment[name] ?? '';
  const connection = (token: string) => ({
    OPENTRAIN_BASE_URL: setting('OPENTRAIN_BASE_URL'),
    OPENTRAIN_APP_SLUG: '',
    OPENTRAIN_PARTNER_TOKEN: token,
  });
  const tool = (change: Record<string, string> = {}) => ({
    TOOL_ADAPTER: setting('TOOL_ADAPTER'),
    TOOL_BASE_URL: setting('TOOL_BASE_URL'),
    TOOL_API_TOKEN: setting('TOOL_API_TOKEN'),
    TOOL_PUBLIC_URL: '',
    ...change,
  });

  async function answerAll(): Promise<void> {
    await world.answer('address', { PLUGIN_PUBLIC_URL: world.url });
    await world.answer('connection', connection(setting('OPENTRAIN_PARTNER_TOKEN')));
    await world.answer('tool', tool());
    await world.answer('tool-database', { TOOL_DATABASE_URL: setting('TOOL_DATABASE_URL') });
    await world.answer('mail', { SMTP_URL: '', MAIL_FROM: '', REPORT_TO: '' });
    expect(await world.answer('days', { USAGE_TIMEZONE: 'Europe/Berlin', REPORT_SCHEDULE: '' })).to.equal(
      '/setup/finish',
    );
  }

  it('is for whoever has the link of the terminal, once', async () => {
    world = await SetupWorld.open();
    for (const path of ['/', '/setup', '/setup/steps/tool', '/setup/finish', '/connect/callback']) {
      expect((await world.get(path)).status, path).to.equal(401);
    }
    expect((await world.post('/setup/steps/tool', tool())).status).to.equal(401);
    const { pathname } = new URL(world.beginUrl);
    const form = formToken(await world.page(pathname));
    expect((await world.post(pathname, { form: 'x' })).status).to.equal(403);
    expect((await world.post(pathname, { form })).status).to.equal(303);
    const mine = world.cookie;
    expect((await world.post(pathname, { form })).status, 'a second time').to.equal(410);
    world.cookie = 'setup=guessed';
    expect((await world.get('/setup/steps/tool')).status).to.equal(401);
    world.cookie = mine;
    expect((await world.get('/setup')).headers.get('location')).to.equal('/setup/steps/address');
    expect((await world.post('/setup/steps/tool', tool())).status, 'without a form token').to.equal(403);
    expect((await world.get('/healthz')).status).to.equal(200);
    expect((await world.get('/readyz')).status).to.equal(503);
    expect((await world.post('/webhooks/opentrain', {})).status).to.equal(503);
    expect((await world.get('/setup')).headers.get('content-security-policy')).to.include("default-src 'none'");
  });

  it('checks each step at once, keeps the other answers, and shows no secret again', async () => {
    world = await SetupWorld.open();
    await world.begin();
    await world.answer('connection', connection(setting('OPENTRAIN_PARTNER_TOKEN')));
    expect(await world.answer('tool', tool({ TOOL_BASE_URL: 'http://127.0.0.1:1' }))).to.equal(
      '/setup/steps/tool#result',
    );
    const page = await world.page('/setup/steps/tool');
    expect(page).to.match(/role="alert"[\s\S]*TOOL_BASE_URL/);
    expect(page).to.include('value="http://127.0.0.1:1"').and.include('Kept unless you type another');
    expect(page).not.to.include(setting('TOOL_API_TOKEN'));
    expect(await world.answer('tool', tool({ TOOL_API_TOKEN: '' }))).to.equal('/setup/steps/tool-database');
    const connected = await world.page('/setup/steps/connection');
    expect(connected).to.include('OpenTrain: connected').and.not.include(setting('OPENTRAIN_PARTNER_TOKEN'));
    expect(existsSync(world.file)).to.equal(false);
  });

  it('goes on with an answer whose other side is away, but not with one that cannot be used', async () => {
    world = await SetupWorld.open();
    await world.begin();
    const mail = { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'labels@example.com', REPORT_TO: '' };
    await world.answer('mail', mail);
    const keep = async () => {
      const form = formToken(await world.page('/setup/steps/mail'));
      return (await world.post('/setup/keep/mail', { form })).headers.get('location');
    };
    expect(await keep()).to.equal('/setup/steps/days');
    await world.answer('mail', { ...mail, SMTP_URL: 'localhost' });
    expect(await keep()).to.equal('/setup/steps/mail#result');
  });

  it('sends a test mail to oneself', async () => {
    const mailbox = await startMailbox();
    world = await SetupWorld.open();
    await world.begin();
    const mail = { SMTP_URL: mailbox.url, MAIL_FROM: 'labels@example.com', REPORT_TO: '', trial: 'ada@example.com' };
    await world.answer('mail', mail);
    expect(await world.page('/setup/steps/mail')).to.include('A test mail was sent to ada@example.com');
    await mailbox.mailTo('ada@example.com');
    await mailbox.close();
  });

  it('says that the environment wins instead of taking a token', async () => {
    world = await SetupWorld.open({ OPENTRAIN_PARTNER_TOKEN: 'ot_ptk_of_the_environment' });
    await world.begin();
    const page = await world.page('/setup/steps/connection');
    expect(page).to.match(/OPENTRAIN_PARTNER_TOKEN<\/code> is set where the plugin is started/);
    expect(page).not.to.include('name="OPENTRAIN_PARTNER_TOKEN"').and.not.include('ot_ptk_of_the_environment');
    await world.answer('connection', connection(setting('OPENTRAIN_PARTNER_TOKEN')));
    expect(await world.page('/setup/steps/connection')).to.include('does not accept the token');
  });

  it('leads to the consent screen with a state that works once', async () => {
    world = await SetupWorld.open();
    await world.begin();
    await world.answer('connection', { ...connection(''), OPENTRAIN_APP_SLUG: 'our-tool', next: 'stay' });
    const [, address = ''] =
      /href="([^"]*\/integrations\/our-tool\/connect[^"]*)"/.exec(await world.page('/setup/steps/connection')) ?? [];
    const { searchParams } = new URL(address.replaceAll('&amp;', '&'));
    expect(searchParams.get('redirect_uri')).to.equal(`${world.url}/connect/callback`);
    const back = `/connect/callback?state=${searchParams.get('state')}&opentrain_install_id=ins_1`;
    expect((await world.get('/connect/callback?state=forged')).status).to.equal(400);
    expect((await world.get(back)).headers.get('location')).to.equal('/setup/steps/connection?approved=ins_1');
    expect((await world.get(back)).status, 'again').to.equal(400);
  });

  it('writes one file for its owner, and goes on as the plugin on the same port, where the set-up is gone', async () => {
    world = await SetupWorld.open();
    await world.begin();
    const early = await world.post('/setup/finish', { form: formToken(await world.page('/setup/steps/tool')) });
    expect(early.headers.get('location'), 'too early').to.equal('/setup');
    await answerAll();
    const done = await world.post('/setup/finish', { form: formToken(await world.page('/setup/finish')) });
    expect(done.status).to.equal(200);
    const [, link = ''] = /href="([^"]*\/console\/sign-in\/[^"]*)"/.exec(await done.text()) ?? [];
    expect((statSync(world.file).mode & 0o777).toString(8)).to.equal('600');
    const written = readSettingsText(readFileSync(world.file, 'utf8'), world.file);
    expect(written.get('TOOL_API_TOKEN')).to.equal(setting('TOOL_API_TOKEN'));
    expect(written.get('USAGE_TIMEZONE')).to.equal('Europe/Berlin');
    expect(new URL(link).origin).to.equal(world.url);
    expect(await world.page(new URL(link).pathname)).to.include('Sign in');
    expect((await world.get('/readyz')).status).to.equal(200);
    for (const path of ['/setup', '/setup/steps/tool', '/setup/finish', new URL(world.beginUrl).pathname]) {
      expect((await world.get(path)).status, path).to.equal(404);
    }
    expect((await world.post('/setup/finish', {})).status).to.equal(404);
    await waitFor('the endpoint at OpenTrain', () => parts.sandbox.state.endpoints.size === 1);
  });

  it('tells what stands in the way of the start, and stays', async () => {
    world = await SetupWorld.open();
    await world.begin();
    await answerAll();
    await world.answer('address', { PLUGIN_PUBLIC_URL: setting('TOOL_BASE_URL') });
    const refused = await world.post('/setup/finish', { form: formToken(await world.page('/setup/finish')) });
    expect(refused.status).to.equal(409);
    expect(await refused.text()).to.include('PLUGIN_PUBLIC_URL is the tool&#39;s address');
    expect(existsSync(world.file)).to.equal(false);
    expect((await world.get('/setup/steps/address')).status).to.equal(200);
  });
});

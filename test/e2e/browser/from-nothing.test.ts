/** An admin who has never read the README: from an empty folder to the first trainer who labelled, all in a browser. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { linkIn } from '../../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { createWorld, freePort, type World } from '../../../plugin/dev/demo/world.ts';
import { GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { axeFaultsOf, faultsOf } from './page-checks.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('from an empty folder to the first labelled task, in a browser', function () {
  this.timeout(180_000);
  let world: World;
  let browser: Browser;
  let admin: Page;
  let folder: string;
  let plugin: ChildProcess;
  let log = '';
  let pluginUrl: string;
  let jobId: string;

  before(async () => {
    world = await createWorld({
      adapter: 'label-studio',
      cacheDirectory: join(root, '.cache'),
      toolDatabase: 'sqlite',
      progress: () => undefined,
    });
    await world.people.createProject('Sentences by mood', 2);
    jobId = world.sandbox.control.createJob({
      title: 'Sort sentences',
      paymentType: 'PAY_PER_LABEL',
      fundedVolume: 100,
    }).id;
    const port = await freePort();
    pluginUrl = `http://127.0.0.1:${port}`;
    world.sandbox.control.updateApp({ redirectBases: [`${pluginUrl}/connect`] });
    folder = mkdtempSync(join(tmpdir(), 'plugin-from-nothing-'));
    plugin = spawn(process.execPath, [join(root, 'plugin/main.ts'), 'start', '--plugin-port', String(port)], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    plugin.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString('utf8');
    });
    browser = await startBrowser();
    ({ page: admin } = await newPage(browser, { viewport: { width: 1280, height: 900 } }));
    admin.setDefaultTimeout(30_000);
  });
  after(async () => {
    await browser?.close();
    if (plugin && plugin.exitCode === null) {
      plugin.kill('SIGTERM');
      await once(plugin, 'close');
    }
    await world?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const goOn = () => admin.getByRole('button', { name: 'Check and go on' }).click();
  const at = (title: string | RegExp) => admin.getByRole('heading', { name: title, level: 1 }).waitFor();
  const fill = (name: string, value = '') => admin.locator(`[name=${name}]`).fill(value);

  async function expectGoodPage(page: Page): Promise<void> {
    expect(await faultsOf(page), page.url()).to.deep.equal([]);
    expect(await axeFaultsOf(page), page.url()).to.deep.equal([]);
  }

  it('opens the link that the terminal prints', async () => {
    await waitFor('the link', () => /http:\S+\/setup\/\S+/.exec(log));
    await admin.goto(/http:\S+\/setup\/\S+/.exec(log)?.[0] ?? '');
    await admin.getByRole('button').first().click();
    await at("The plugin's address");
    await expectGoodPage(admin);
    await goOn();
  });

  it('approves the connection on OpenTrain and pastes the token', async () => {
    await at('The connection to OpenTrain');
    await fill('OPENTRAIN_BASE_URL', world.sandbox.baseUrl);
    await fill('OPENTRAIN_APP_SLUG', world.sandbox.state.app.slug);
    await admin.getByRole('button', { name: 'Check and stay here' }).click();
    await admin.getByRole('link', { name: 'Approve on OpenTrain' }).click();
    await admin.getByLabel(/Share the Work Email/).check();
    await admin.getByRole('button', { name: 'Approve' }).click();
    const token = (await admin.locator('#partner-token').textContent()) ?? '';
    await admin.getByText('Return to the platform').click();
    await at('The connection to OpenTrain');
    await fill('OPENTRAIN_PARTNER_TOKEN', token);
    await expectGoodPage(admin);
    await goOn();
  });

  it('gives the tool, its database, the mail server and the days', async () => {
    await at('The annotation tool');
    await fill('TOOL_BASE_URL', world.tool.baseUrl);
    await fill('TOOL_API_TOKEN', world.tool.apiToken);
    await expectGoodPage(admin);
    await goOn();
    await at("The tool's database");
    await fill('TOOL_DATABASE_URL', world.tool.databaseUrl);
    await expectGoodPage(admin);
    await goOn();
    await at('Mail');
    await fill('SMTP_URL', world.mailbox.url);
    await fill('MAIL_FROM', 'labels@example.com');
    await expectGoodPage(admin);
    await goOn();
    await at('Days and reports');
    await goOn();
    await at('Everything is answered');
    await expectGoodPage(admin);
    await admin.getByRole('button', { name: 'Write the settings and start' }).click();
    await at('The plugin is set up and runs');
  });

  it('is led through the first steps in the console, and links the project', async () => {
    await admin.getByRole('link', { name: 'Open the console' }).click();
    await admin.getByRole('button', { name: 'Sign in' }).click();
    await at('Overview');
    await admin.getByRole('heading', { name: /First steps/ }).waitFor();
    await expectGoodPage(admin);
    await admin
      .getByRole('link', { name: 'Open the list' })
      .or(admin.getByRole('link', { name: 'Open the doctor' }))
      .click();
    await admin.getByText('Sign-up').or(admin.getByRole('row').nth(3)).first().waitFor();
    await admin.getByRole('link', { name: 'Overview' }).click();
    await admin.getByRole('link', { name: 'Link a project' }).click();
    await admin.getByLabel('Project of the tool').selectOption({ index: 1 });
    await admin.getByLabel(/Job on OpenTrain/).fill(`https://app.opentrain.ai/jobs/${jobId}`);
    await admin.getByRole('button', { name: 'Link', exact: true }).click();
    await admin.getByRole('heading', { name: 'Sentences by mood' }).waitFor();
    await admin.getByRole('link', { name: 'Overview' }).click();
    await admin.getByText('Sentences by mood is linked.').waitFor();
  });

  it('hires somebody, who accepts on a phone and labels in Label Studio', async () => {
    const trainer = world.sandbox.control.createTrainer({ displayName: 'Ada Trainer', workEmail: mailOf('ada') });
    world.sandbox.control.hire({ jobId, trainerId: trainer.opentrainUserId });
    const mail = await world.mailbox.mailTo(mailOf('ada'));
    await admin.reload();
    await admin.getByText('One trainer is invited and can set a password now.').waitFor();
    const { page } = await newPage(browser, { viewport: { width: 390, height: 844 } });
    page.setDefaultTimeout(30_000);
    await page.goto(linkIn(mail, `${pluginUrl}/invitations/`));
    await page.getByLabel('Choose a password').fill(GOOD_PASSWORD);
    await page.getByRole('button', { name: 'Set password and get access' }).click();
    await page.getByRole('link', { name: 'Open your project' }).click();
    await page.locator('input[name=email]').fill(mailOf('ada'));
    await page.locator('input[name=password]').fill(GOOD_PASSWORD);
    await page.locator('button[type=submit]').first().click();
    await page.getByText('Label All Tasks').click();
    const submitted = page.waitForResponse(
      (answer) => /\/api\/tasks\/\d+\/annotations/.test(answer.url()) && answer.request().method() === 'POST',
    );
    await page.getByText(/^Good/).first().click();
    await page.getByTestId('bottombar-submit-button').click();
    expect((await submitted).status()).to.equal(201);
  });

  it('changes who invites in the console, and the next mail says so, from the same process', async () => {
    await admin.goto(`${pluginUrl}/console/settings`);
    await admin.getByRole('link', { name: 'Change the settings of Mail' }).click();
    await admin.getByLabel('Who invites').fill('Acme Labels');
    await expectGoodPage(admin);
    await admin.getByRole('button', { name: 'Check and save' }).click();
    await admin.getByRole('status').getByText('BRAND_NAME: changed by').waitFor();
    await expectGoodPage(admin);
    const trainer = world.sandbox.control.createTrainer({ displayName: 'Ben Trainer', workEmail: mailOf('ben') });
    world.sandbox.control.hire({ jobId, trainerId: trainer.opentrainUserId });
    expect((await world.mailbox.mailTo(mailOf('ben'))).text).to.include('Acme Labels');
    expect(plugin.exitCode).to.equal(null);
  });

  it('shows no first steps any more', async () => {
    await admin.goto(`${pluginUrl}/console`);
    await at('Overview');
    expect(await admin.getByRole('heading', { name: /First steps/ }).count()).to.equal(0);
  });
});

import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { trainerPageUrl } from '../../../plugin/mail/link-tokens.ts';
import { fillBelievably } from '../../support/believable.ts';
import { fillBudgets } from '../../support/believable-budgets.ts';
import { fillFlags } from '../../support/believable-flags.ts';
import { fillHeld } from '../../support/believable-held.ts';
import { fillRuns } from '../../support/believable-runs.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { WebWorld } from '../../support/web-world.ts';
import { axeFaultsOf, faultsOf } from './page-checks.ts';

/** The mail as it is sent: its sandbox runs no script, so that axe never ends there; the other checks look at it. */
const WITHOUT_SCRIPTS = '/console/report/mail';

/** Keeps a page that reloads itself as it is while it is looked at. */
async function withoutRefresh(page: Page, path: string): Promise<void> {
  await page.route(`**${path}`, async (route) => {
    const response = await route.fetch();
    const { refresh: _reload, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
}

describe('every page, in a browser', () => {
  let browser: Browser;
  let world: WebWorld;
  let paths: string[];

  before(async () => {
    browser = await startBrowser();
    world = await WebWorld.open('sqlite', { OPENTRAIN_APP_SLUG: 'our-tool' });
    world.useSettingsFile({ OPENTRAIN_APP_SLUG: 'our-tool', BRAND_NAME: 'Acme' });
    world.access.tool.listProjects = async () => [{ id: '33', title: 'Receipts' }];
    await fillBelievably(world.access);
    await fillBudgets(world.access);
    await fillFlags(world.access);
    await fillHeld(world.access);
    await world.access.work();
    await fillRuns(world.access);
    const hana = world.access.token('hana');
    paths = [
      `/invitations/${hana}`,
      new URL(trainerPageUrl(world.access.context, 'usr_1')).pathname,
      '/invitations/nothing',
      '/password',
      await world.signInPath(),
      '/console',
      '/console/trainers',
      '/console/trainers/usr_1',
      '/console/trainers/usr_4?remove=1',
      '/console/projects',
      '/console/projects?unlink=plink_12',
      '/console/budgets',
      '/console/budgets/ctr_1',
      '/console/budgets/ctr_3',
      '/console/usage',
      '/console/usage?by=trainer',
      '/console/usage?by=entry&trainer=usr_1',
      '/console/usage?trainer=nobody',
      `/console/explain?contract=ctr_1&day=${world.access.date.toISOString().slice(0, 10)}`,
      '/console/explain?contract=ctr_2&day=2031-01-01',
      '/console/held',
      '/console/deliveries',
      '/console/deliveries/dlv_5a31f0',
      '/console/queue',
      '/console/audit',
      '/console/audit?q=invite&from=2026-01-01',
      '/console/doctor',
      '/console/reconcile',
      '/console/sync',
      '/console/report',
      WITHOUT_SCRIPTS,
      '/console/settings',
      '/console/settings/mail',
      '/console/settings/tool',
      '/console/settings/plugin',
      '/console/remove-everybody',
      '/connect',
      '/nothing',
    ];
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });
  beforeEach(() => world.serve());

  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`can be read and used at ${width} pixels, ${colorScheme}`, async () => {
        const { page, errors } = await newPage(browser, { colorScheme, viewport: { width, height: 844 } });
        const [name = '', value = ''] = (await world.signIn()).split('=');
        await page.context().addCookies([{ name, value, url: world.url }]);
        await withoutRefresh(page, '/console/sync');
        const faults: string[] = [];
        for (const path of paths) {
          await page.goto(world.url + path);
          const found = await faultsOf(page);
          if (path !== WITHOUT_SCRIPTS) found.push(...(await axeFaultsOf(page)));
          faults.push(...found.map((fault) => `${path}: ${fault}`));
        }
        expect(faults).to.deep.equal([]);
        expect(errors.filter((error) => !error.includes('status of 404'))).to.deep.equal([]);
        await page.context().close();
      });
    }
  }

  it('would find a page that axe does not pass', async () => {
    const { page } = await newPage(browser);
    await page.setContent('<html lang="en"><title>t</title><main><h1>h</h1><input></main></html>');
    expect((await axeFaultsOf(page)).join()).to.include('critical label');
    await page.context().close();
  });

  it('shows the chart of usage, and the same numbers as a table', async () => {
    const { page } = await newPage(browser);
    const [name = '', value = ''] = (await world.signIn()).split('=');
    await page.context().addCookies([{ name, value, url: world.url }]);
    await page.goto(`${world.url}/console/usage`);
    await page.locator('.chart canvas').waitFor();
    expect(await page.getByRole('region', { name: 'Table' }).locator('tbody tr').count()).to.be.greaterThan(15);
    await page.context().close();
  });

  it('refreshes the overview by itself', async () => {
    const { page, errors } = await newPage(browser);
    const [name = '', value = ''] = (await world.signIn()).split('=');
    await page.context().addCookies([{ name, value, url: world.url }]);
    await page.clock.install();
    await page.goto(`${world.url}/console`);
    const mail = page.getByText('The mail server does not answer');
    await mail.waitFor();
    await world.access.store.database('outages').delete();
    await page.clock.runFor(16_000);
    await mail.waitFor({ state: 'detached' });
    expect(errors).to.deep.equal([]);
    await page.context().close();
  });
});

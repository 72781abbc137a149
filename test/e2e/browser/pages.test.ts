import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { fillBelievably } from '../../support/believable.ts';
import { fillRuns } from '../../support/believable-runs.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { WebWorld } from '../../support/web-world.ts';
import { faultsOf } from './page-checks.ts';

describe('every page, in a browser', () => {
  let browser: Browser;
  let world: WebWorld;
  let paths: string[];

  before(async () => {
    browser = await startBrowser();
    world = await WebWorld.open('sqlite', { OPENTRAIN_APP_SLUG: 'our-tool' });
    world.access.tool.listProjects = async () => [{ id: '33', title: 'Receipts' }];
    await fillBelievably(world.access);
    await world.access.work();
    await fillRuns(world.access);
    const hana = world.access.token('hana');
    paths = [
      `/invitations/${hana}`,
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
      '/console/usage',
      '/console/usage?by=trainer',
      '/console/usage?by=entry&trainer=usr_1',
      '/console/usage?trainer=nobody',
      `/console/explain?contract=ctr_1&day=${world.access.date.toISOString().slice(0, 10)}`,
      '/console/deliveries',
      '/console/queue',
      '/console/audit',
      '/console/doctor',
      '/console/reconcile',
      '/console/sync',
      '/console/report',
      '/console/report/mail',
      '/console/settings',
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
        const faults: string[] = [];
        for (const path of paths) {
          await page.goto(world.url + path);
          faults.push(...(await faultsOf(page)).map((fault) => `${path}: ${fault}`));
        }
        expect(faults).to.deep.equal([]);
        expect(errors.filter((error) => !error.includes('status of 404'))).to.deep.equal([]);
        await page.context().close();
      });
    }
  }

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

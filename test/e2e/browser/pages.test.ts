import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { trainerPageUrl } from '../../../plugin/mail/link-tokens.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import type { WebWorld } from '../../support/web-world.ts';
import { consolePaths, filledWorld, MAIL_PATH } from './filled-world.ts';
import { axeFaultsOf, faultsOf, withoutRefresh } from './page-checks.ts';

/** Its sandbox runs no script, so that axe never ends there; the other checks look at it. */
const WITHOUT_SCRIPTS = MAIL_PATH;

describe('every page, in a browser', () => {
  let browser: Browser;
  let world: WebWorld;
  let paths: string[];

  before(async () => {
    browser = await startBrowser();
    world = await filledWorld();
    const hana = world.access.token('hana');
    paths = [
      `/invitations/${hana}`,
      new URL(trainerPageUrl(world.access.context, 'usr_1')).pathname,
      '/invitations/nothing',
      '/password',
      await world.signInPath(),
      ...consolePaths(world),
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

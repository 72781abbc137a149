/** The forms of settings in a browser: what a refusal looks like at every width and colour, and saving by keyboard alone. */
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { newPage, startBrowser } from '../../support/browser.ts';
import { WebWorld } from '../../support/web-world.ts';
import { axeFaultsOf, faultsOf } from './page-checks.ts';

describe('the forms of settings in a browser', () => {
  let browser: Browser;
  let world: WebWorld;
  before(async () => {
    browser = await startBrowser();
    world = await WebWorld.open('sqlite');
    await world.access.connect();
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });
  beforeEach(() => {
    world.useSettingsFile(
      { BRAND_NAME: 'Acme', MAIL_FROM: 'labels@example.com', SMTP_URL: 'smtp://127.0.0.1:9' },
      { CONTACT: 'ops@example.com' },
    );
  });

  async function open(options: Parameters<typeof newPage>[1], path: string): Promise<{ page: Page; errors: string[] }> {
    const opened = await newPage(browser, options);
    const [name = '', value = ''] = (await world.signIn()).split('=');
    await opened.page.context().addCookies([{ name, value, url: world.url }]);
    await opened.page.goto(world.url + path);
    return opened;
  }

  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`tell what is wrong at ${width} pixels, ${colorScheme}, and keep what was typed`, async () => {
        const { page } = await open({ colorScheme, viewport: { width, height: 844 } }, '/console/settings/mail');
        await page.getByLabel('Colour of buttons in mails').fill('#ffe600');
        await page.getByLabel('Mail server').fill('smtp.example.com:587');
        await page.getByRole('button', { name: 'Check and save' }).click();
        await page.getByRole('alert').waitFor();
        expect(await page.getByLabel('Colour of buttons in mails').inputValue()).to.equal('#ffe600');
        expect(await page.getByLabel('Mail server').inputValue()).to.equal('');
        const faults = [...(await faultsOf(page)), ...(await axeFaultsOf(page))];
        await page.getByLabel('Colour of buttons in mails').fill('#104080');
        await page.getByLabel('Mail server').fill('smtp://127.0.0.1:7');
        await page.getByRole('button', { name: 'Check and save' }).click();
        await page.getByRole('button', { name: 'Save all the same' }).waitFor();
        faults.push(...(await faultsOf(page)), ...(await axeFaultsOf(page)));
        expect(faults).to.deep.equal([]);
        await page.context().close();
      });
    }
  }

  it('save by keyboard alone, and without scripts', async () => {
    const { page } = await open({ javaScriptEnabled: false }, '/console/settings');
    await page.getByRole('link', { name: 'Change the settings of Mail' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Settings: Mail' }).waitFor();
    await page.getByLabel('Who invites').focus();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('Beta Labels');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('BRAND_NAME: changed by').waitFor();
    await page.context().close();
  });
});

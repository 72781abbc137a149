/** The pages before somebody is signed in, by every width, colour and by keyboard: the guided set-up, and OpenID Connect. */
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { steps } from '../../../plugin/setup/steps.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { type LocalIdentityProvider, startIdentityProvider } from '../../support/identity-provider.ts';
import { SetupWorld } from '../../support/setup-world.ts';
import { WebWorld } from '../../support/web-world.ts';
import { axeFaultsOf, faultsOf } from './page-checks.ts';

const looks = [390, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

async function faultsAt(page: Page, addresses: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const address of addresses) {
    if (address !== '') await page.goto(address);
    const found = [...(await faultsOf(page)), ...(await axeFaultsOf(page))];
    faults.push(...found.map((fault) => `${new URL(page.url()).pathname}: ${fault}`));
  }
  return faults;
}

describe('the pages of the guided set-up', () => {
  let browser: Browser;
  let world: SetupWorld;
  before(async () => {
    browser = await startBrowser();
    world = await SetupWorld.open();
    // A wrong answer each, so that what is told about it is looked at too.
    await world.begin();
    await world.answer('tool', {
      ...{
        TOOL_ADAPTER: 'label-studio',
        TOOL_BASE_URL: 'http://127.0.0.1:1',
        TOOL_API_TOKEN: 'x',
        TOOL_PUBLIC_URL: '',
      },
    });
    await world.answer('tool-database', {
      TOOL_DATABASE_URL: 'sqlite:/no/such/folder/with/a/long/name/label_studio.sqlite3',
    });
    await world.answer('mail', { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'labels@example.com', REPORT_TO: '' });
    await world.answer('days', { USAGE_TIMEZONE: 'Europe/Berlin', REPORT_SCHEDULE: '' });
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  async function open(look: (typeof looks)[number]): Promise<{ page: Page; errors: string[] }> {
    const { width, colorScheme } = look;
    const opened = await newPage(browser, { colorScheme, viewport: { width, height: 844 } });
    const [name = '', value = ''] = world.cookie.split('=');
    await opened.page.context().addCookies([{ name, value, url: world.url }]);
    return opened;
  }

  for (const look of looks) {
    it(`can be read and used at ${look.width} pixels, ${look.colorScheme}`, async () => {
      const { page, errors } = await open(look);
      const paths = [...steps.map(({ name }) => `/setup/steps/${name}`), '/setup/finish'];
      expect(
        await faultsAt(
          page,
          paths.map((path) => world.url + path),
        ),
      ).to.deep.equal([]);
      const outside = await open(look);
      await outside.page.context().clearCookies();
      expect(await faultsAt(outside.page, [`${world.url}/setup`, `${world.url}/nothing`])).to.deep.equal([]);
      expect(errors).to.deep.equal([]);
      await page.context().close();
      await outside.page.context().close();
    });
  }

  it('takes a step by keyboard alone, keeps the answer that was wrong, and goes back', async () => {
    const { page } = await open({ width: 1280, colorScheme: 'light' });
    await page.goto(`${world.url}/setup/steps/mail`);
    const focused = (): Promise<unknown> =>
      page.evaluate('document.activeElement.name || document.activeElement.textContent.trim()');
    const tabTo = async (wanted: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses += 1) {
        await page.keyboard.press('Tab');
        if ((await focused()) === wanted) return;
      }
      throw new Error(`Tab does not reach ${wanted}`);
    };
    await tabTo('MAIL_FROM');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('not an address');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').first().waitFor();
    expect(await page.locator('[name=MAIL_FROM]').inputValue()).to.equal('not an address');
    await tabTo('Back');
    await page.keyboard.press('Enter');
    await page.waitForURL(/steps\/tool-database/);
    await page.context().close();
  });
});

describe('the pages of signing in with OpenID Connect', () => {
  let browser: Browser;
  let world: WebWorld;
  let provider: LocalIdentityProvider;
  before(async () => {
    browser = await startBrowser();
    world = await WebWorld.open('sqlite');
    provider = await startIdentityProvider(`${world.url}/console/oidc/callback`);
    world.access.useSettings({
      ...{ PLUGIN_PUBLIC_URL: world.url, OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: provider.clientId },
      ...{
        OIDC_CLIENT_SECRET: provider.clientSecret,
        OIDC_ADMINS: 'ada@example.com',
        OIDC_VIEWERS: 'vera@example.com',
      },
    });
  });
  after(async () => {
    await browser?.close();
    await provider?.close();
    await world?.close();
  });
  beforeEach(() => world.serve());

  for (const { width, colorScheme } of looks) {
    it(`can be read and used at ${width} pixels, ${colorScheme}: the way in, a refusal, a viewer, signed out`, async () => {
      const { page } = await newPage(browser, { colorScheme, viewport: { width, height: 844 } });
      provider.person = { email: 'somebody.with.a.long.name@labelling.example.com', email_verified: true };
      const faults = await faultsAt(page, [`${world.url}/console`]);
      await page.getByRole('link', { name: /^Sign in with/ }).click();
      await page.getByText('who may not see this console').waitFor();
      faults.push(...(await faultsAt(page, [''])));
      provider.person = { email: 'vera@example.com', email_verified: true };
      await page.getByRole('link', { name: 'Try again' }).click();
      await page.getByText('You are signed in as a viewer').waitFor();
      faults.push(...(await faultsAt(page, ['', `${world.url}/console/budgets`, `${world.url}/console/doctor`])));
      await page.goto(`${world.url}/console`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
      faults.push(...(await faultsAt(page, [''])));
      expect(faults).to.deep.equal([]);
      await page.context().close();
    });
  }

  it('is the first thing that the keyboard reaches, and opens by Enter', async () => {
    const { page } = await newPage(browser, {});
    provider.person = { email: 'ada@example.com', email_verified: true };
    await page.goto(`${world.url}/console`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.context().close();
  });
});

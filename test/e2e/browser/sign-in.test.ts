import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { newPage, startBrowser } from '../../support/browser.ts';
import { type LocalIdentityProvider, startIdentityProvider } from '../../support/identity-provider.ts';
import { WebWorld } from '../../support/web-world.ts';
import { faultsOf } from './page-checks.ts';

describe('signing in to the console in a browser', () => {
  let browser: Browser;
  let world: WebWorld;
  let provider: LocalIdentityProvider;
  before(async () => {
    browser = await startBrowser();
    world = await WebWorld.open('sqlite');
    provider = await startIdentityProvider(`${world.url}/console/oidc/callback`);
    world.access.useSettings({
      PLUGIN_PUBLIC_URL: world.url,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      OIDC_ADMINS: 'ada@example.com',
    });
    world.serve();
  });
  after(async () => {
    await browser?.close();
    await provider?.close();
    await world?.close();
  });

  it('goes to the identity provider and back by one button, on a phone and without scripts', async () => {
    const { page } = await newPage(browser, { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    provider.person = { email: 'eve@example.com', email_verified: true };
    await page.goto(`${world.url}/console`);
    await page.getByRole('link', { name: `Sign in with ${new URL(provider.issuer).host}` }).click();
    await page.getByText('eve@example.com, who may not see this console').waitFor();
    provider.person = { email: 'ada@example.com', email_verified: true };
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await page.context().close();
  });

  it('shows a page that can be read and used', async () => {
    const { page } = await newPage(browser, { viewport: { width: 390, height: 844 } });
    await page.goto(`${world.url}/console`);
    expect(await faultsOf(page)).to.deep.equal([]);
    await page.context().close();
  });
});

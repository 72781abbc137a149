import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { readConnection } from '../../../plugin/status/connection.ts';
import { fillBelievably } from '../../support/believable.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';
import { WebWorld } from '../../support/web-world.ts';

for (const javaScriptEnabled of [true, false]) {
  describe(`an admin in a browser ${javaScriptEnabled ? 'with' : 'without'} scripts`, () => {
    let browser: Browser;
    let openTrain: SandboxWorld;
    let world: WebWorld;
    let page: Page;

    before(async () => {
      browser = await startBrowser();
    });
    after(() => browser?.close());
    beforeEach(async () => {
      openTrain = await startSandboxWorld();
      const { slug } = openTrain.sandbox.state.app;
      world = await WebWorld.open('sqlite', {
        OPENTRAIN_BASE_URL: openTrain.sandbox.baseUrl,
        OPENTRAIN_APP_SLUG: slug,
      });
      openTrain.sandbox.control.updateApp({ redirectBases: [`${world.url}/connect`] });
      ({ page } = await newPage(browser, { javaScriptEnabled }));
      await page.goto(world.url + (await world.signInPath()));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
    });
    afterEach(async () => {
      await page.context().close();
      await world.close();
      await openTrain.close();
    });

    it('connects: approves on OpenTrain, comes back, and pastes the token', async () => {
      await page.getByRole('link', { name: 'Open the connection' }).first().click();
      await page.getByRole('link', { name: /Connect on OpenTrain/ }).click();
      await page.getByLabel(/Share the Work Email/).check();
      await page.getByRole('button', { name: 'Approve' }).click();
      const token = (await page.locator('#partner-token').textContent()) ?? '';
      await page.getByText('Return to the platform').click();
      await page.getByRole('heading', { name: 'Approved: now the token' }).waitFor();
      await page.getByRole('textbox', { name: 'Token' }).fill(token);
      await page.getByRole('button', { name: 'Check and keep' }).click();
      await page.getByText('The token was checked with OpenTrain').waitFor();
      const connection = await readConnection(world.access.context);
      expect(connection.install?.status).to.equal('connected');
      expect(connection.install?.piiConsent).to.equal(true);
    });

    it('finds a blocked trainer from the overview and has them checked again', async () => {
      await fillBelievably(world.access);
      await world.access.store.database('queue_items').where({ kind: 'access' }).delete();
      await page.goto(`${world.url}/console`);
      await page.getByRole('link', { name: /trainers blocked/ }).click();
      await page.getByRole('button', { name: 'Check again: Eleni P.' }).click();
      await page.getByRole('status').waitFor();
      const due = await world.access.store.database('queue_items').where({ kind: 'access' });
      expect(due.map(({ key }) => key)).to.deep.equal(['usr_5']);
    });

    it('removes everybody only after typing so, with the keyboard', async () => {
      await fillBelievably(world.access);
      await page.goto(`${world.url}/console/trainers`);
      await page.getByRole('link', { name: 'Remove everybody…' }).press('Enter');
      await page.getByLabel(/to confirm/).press('Enter');
      expect((await world.access.rows()).some(({ state }) => state === 'active')).to.equal(true);
      await page.getByLabel(/to confirm/).pressSequentially('remove everybody');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: /Everybody is out|Not everybody is out/ }).waitFor();
      expect((await world.access.rows()).some(({ state }) => state === 'active')).to.equal(false);
    });

    it('goes straight to the content with the first press of Tab', async () => {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(new URL(page.url()).hash).to.equal('#main');
    });

    it('signs out', async () => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
      await page.goto(`${world.url}/console`);
      await page.getByRole('heading', { name: 'Sign in to the console' }).waitFor();
    });
  });
}

import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { GOOD_PASSWORD } from '../../support/access-world.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { WebWorld } from '../../support/web-world.ts';

/** Presses Tab until the control with this name has the focus; fails when it is never reached. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(
      "(() => { const at = document.activeElement; return at?.ariaLabel || at?.labels?.[0]?.textContent || at?.textContent || ''; })()",
    );
    if (name.test(String(focused).trim())) return;
  }
  throw new Error(`the keyboard does not reach ${name}`);
}

for (const javaScriptEnabled of [true, false]) {
  describe(`a trainer in a browser ${javaScriptEnabled ? 'with' : 'without'} scripts`, () => {
    let browser: Browser;
    let world: WebWorld;
    let page: Page;

    before(async () => {
      browser = await startBrowser();
    });
    after(() => browser?.close());
    beforeEach(async () => {
      world = await WebWorld.open('sqlite');
      await world.access.connect();
      await world.access.link('link', 'job', '7');
      await world.access.hire('contract', 'job', 'ann');
      await world.access.converge();
      await world.access.work();
      ({ page } = await newPage(browser, { javaScriptEnabled, viewport: { width: 390, height: 844 } }));
    });
    afterEach(async () => {
      await page.context().close();
      await world.close();
    });

    it('accepts the invitation and is led to the project', async () => {
      await page.goto(`${world.url}/invitations/${world.access.token('ann')}`);
      await page.getByLabel('Choose a password').fill(GOOD_PASSWORD);
      if (!javaScriptEnabled) await page.getByLabel('The same password again').fill(GOOD_PASSWORD);
      await page.getByRole('button', { name: 'Set password and get access' }).click();
      await page.getByRole('heading', { name: 'You are in' }).waitFor();
      const link = page.getByRole('link', { name: 'Open your project' });
      expect(await link.getAttribute('href')).to.equal('https://tool.example.com/projects/7');
      expect(world.access.tool.canWork('ann@opentrain.work', GOOD_PASSWORD, '*')).to.equal(true);
    });

    it('is told what is wrong with a password beside the field, and tries again', async () => {
      await page.goto(`${world.url}/invitations/${world.access.token('ann')}`);
      const send = async (password: string): Promise<void> => {
        await page.getByLabel('Choose a password').fill(password);
        if (!javaScriptEnabled) await page.getByLabel('The same password again').fill(password);
        await page.getByRole('button', { name: 'Set password and get access' }).click();
      };
      await send('password1234');
      await page.getByRole('alert').waitFor();
      const field = page.getByLabel('Choose a password');
      expect(await field.getAttribute('aria-invalid')).to.equal('true');
      expect(await field.getAttribute('aria-describedby')).to.include('password-error');
      expect(await field.inputValue(), 'a password is never sent back').to.equal('');
      await send(GOOD_PASSWORD);
      await page.getByRole('heading', { name: 'You are in' }).waitFor();
    });

    it('can do it with the keyboard alone', async () => {
      await page.goto(`${world.url}/invitations/${world.access.token('ann')}`);
      await tabTo(page, /^Choose a password/);
      await page.keyboard.type(GOOD_PASSWORD);
      if (!javaScriptEnabled) {
        await tabTo(page, /^The same password again/);
        await page.keyboard.type(GOOD_PASSWORD);
      }
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'You are in' }).waitFor();
    });

    it('gets a new invitation for an expired one by one button', async () => {
      const path = `/invitations/${world.access.token('ann')}`;
      world.access.later(15 * 86_400_000);
      await page.goto(world.url + path);
      await page.getByRole('button', { name: 'Send me a new one' }).click();
      await page.getByRole('heading', { name: 'A new invitation is on its way' }).waitFor();
      await world.access.work();
      await page.goto(`${world.url}/invitations/${world.access.token('ann')}`);
      await page.getByLabel('Choose a password').waitFor();
    });

    it('asks for a link when the password is forgotten', async () => {
      await page.goto(`${world.url}/password`);
      await page.getByLabel('Work Email').fill('ann@opentrain.work');
      await page.getByRole('button', { name: 'Send me a link' }).click();
      await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    });

    if (javaScriptEnabled) {
      it('can look at the password while typing it', async () => {
        await page.goto(`${world.url}/invitations/${world.access.token('ann')}`);
        const field = page.getByLabel('Choose a password');
        await page.getByRole('button', { name: 'Show password' }).click();
        expect(await field.getAttribute('type')).to.equal('text');
        await page.getByRole('button', { name: 'Hide password' }).click();
        expect(await field.getAttribute('type')).to.equal('password');
      });
    }
  });
}

import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { fillBelievably } from '../../support/believable.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { WebWorld } from '../../support/web-world.ts';

describe('the tables of the console, by keyboard and on a phone', () => {
  let browser: Browser;
  let world: WebWorld;

  before(async () => {
    browser = await startBrowser();
    world = await WebWorld.open('sqlite', { OPENTRAIN_APP_SLUG: 'our-tool' });
    world.access.tool.listProjects = async () => [{ id: '33', title: 'Receipts' }];
    await fillBelievably(world.access);
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });
  beforeEach(() => world.serve());

  async function open(path: string, options: { width?: number; javaScriptEnabled?: boolean } = {}): Promise<Page> {
    const { width = 1_280, javaScriptEnabled = true } = options;
    const { page } = await newPage(browser, { viewport: { width, height: 844 }, javaScriptEnabled });
    const [name = '', value = ''] = (await world.signIn()).split('=');
    await page.context().addCookies([{ name, value, url: world.url }]);
    await page.goto(world.url + path);
    return page;
  }

  /** Presses Tab until this has the focus; fails when it never gets it. */
  async function tabTo(
    page: Page,
    role: 'link' | 'button' | 'textbox' | 'searchbox' | 'combobox',
    name: string,
  ): Promise<void> {
    const wanted = page.getByRole(role, { name, exact: true }).first();
    for (let presses = 0; presses < 80; presses += 1) {
      await page.keyboard.press('Tab');
      if (await wanted.evaluate((node) => node === node.ownerDocument.activeElement)) return;
    }
    throw new Error(`Tab does not reach the ${role} “${name}”`);
  }

  it('explores usage by keyboard alone, down to the annotations', async () => {
    const page = await open('/console/usage');
    await tabTo(page, 'searchbox', 'Trainer');
    await page.keyboard.type('ada');
    await page.keyboard.press('Enter');
    await page.waitForURL(/trainer=ada/);
    await tabTo(page, 'link', 'Every entry');
    await page.keyboard.press('Enter');
    await page.waitForURL(/by=entry/);
    const first = page.getByRole('link', { name: /^Explain .* of Ada O\./ }).first();
    await tabTo(page, 'link', (await first.getAttribute('aria-label')) ?? '');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Explained' }).waitFor();
    await page.context().close();
  });

  it('shows usage on a phone without scripts: a chart, and each number with its name', async () => {
    const page = await open('/console/usage?by=contract', { width: 390, javaScriptEnabled: false });
    await page.locator('svg.bars').waitFor();
    const label: unknown = await page.evaluate(
      `getComputedStyle(document.querySelector('td[data-label="Accepted"]'), '::before').content`,
    );
    expect(label).to.equal('"Accepted"');
    await page.getByLabel('Contract', { exact: true }).fill('ctr_2');
    await page.getByRole('button', { name: 'Show' }).click();
    expect(await page.locator('tbody').first().locator('tr').count()).to.equal(1);
    await page.context().close();
  });
});

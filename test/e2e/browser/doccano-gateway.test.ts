/** A trainer's day in doccano's own web interface, through the gateway. */
import { expect } from 'chai';
import type { Browser, Page, Response } from 'playwright-core';
import { GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { type DoccanoGatewayWorld, openDoccanoGateway } from '../../support/doccano-gateway.ts';

describe('a trainer in doccano’s web interface, through the gateway', function () {
  this.timeout(240_000);
  let world: DoccanoGatewayWorld;
  let browser: Browser;
  let page: Page;
  /** "403 GET /v1/…": what was refused or failed since the test began. */
  const refused: string[] = [];

  before(async () => {
    world = await openDoccanoGateway('sqlite');
    browser = await startBrowser();
    ({ page } = await newPage(browser, { viewport: { width: 1300, height: 850 } }));
    page.setDefaultTimeout(30_000);
    page.on('response', (response) => {
      if (response.status() < 400) return;
      refused.push(`${response.status()} ${response.request().method()} ${new URL(response.url()).pathname}`);
    });
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });
  beforeEach(() => void refused.splice(0));

  const answered = async (method: string, path: RegExp, action: () => Promise<unknown>): Promise<number> => {
    const isIt = (answer: Response): boolean =>
      answer.request().method() === method && path.test(new URL(answer.url()).pathname);
    const [response] = await Promise.all([page.waitForResponse(isIt), action()]);
    return response.status();
  };

  it('signs in, and finds their own project and no other', async () => {
    await page.goto(`${world.url}/auth`);
    await page.locator('input[name=username]').fill(mailOf(world.ann));
    await page.locator('input[name=password]').fill(GOOD_PASSWORD);
    await page.locator('[data-test=delete-button]').click();
    await page.getByText(/^Own /).first().waitFor();
    expect(await page.getByText(/^Foreign /).count()).to.equal(0);
    expect(refused).to.deep.equal([]);
  });

  it('opens the project, labels a word, and confirms the example', async () => {
    await page.getByText(/^Own /).first().click();
    await page.waitForURL(/\/projects\/\d+/);
    await page.goto(`${world.url}/projects/${world.own.projectId}/sequence-labeling?page=1`);
    await page.getByText('A cat sat.').first().waitFor();
    await page
      .getByText('A cat sat.')
      .first()
      .dblclick({ position: { x: 28, y: 8 } });
    const label = () => page.locator('.v-menu__content').getByText('animal').click();
    expect(await answered('POST', /\/examples\/\d+\/spans$/, label)).to.equal(201);
    const confirm = () => page.locator('main button').first().click();
    expect(await answered('POST', /\/examples\/\d+\/states$/, confirm)).to.equal(201);
    expect(refused).to.deep.equal([]);
  });

  it('is shown a page with the way back when they try a foreign project in the address bar', async () => {
    await page.goto(`${world.url}/projects/${world.foreign.projectId}/dataset`);
    await page.getByRole('heading', { name: 'This is not open to you' }).waitFor();
    await page.getByRole('link', { name: `Project ${world.own.projectId}` }).click();
    await page.getByText('Start Annotation').first().waitFor();
  });
});

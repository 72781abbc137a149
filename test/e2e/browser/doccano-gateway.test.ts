/** A trainer's day in doccano's own web interface, through the gateway, in the oldest and the newest doccano. */
import { expect } from 'chai';
import type { Browser, Page, Response } from 'playwright-core';
import { localVersion } from '../../../plugin/dev/local-tools/doccano/server.ts';
import { GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { startTestDoccano, type TestDoccano } from '../../support/doccano.ts';
import { type DoccanoGatewayWorld, openDoccanoGateway } from '../../support/doccano-gateway.ts';
import { measuredVersions } from '../../versions/supported.ts';

const [oldest] = measuredVersions.doccano;

for (const version of [oldest, localVersion]) {
  describe(`a trainer in the web interface of doccano ${version}, through the gateway`, function () {
    this.timeout(240_000);
    let tool: TestDoccano;
    let world: DoccanoGatewayWorld;
    let browser: Browser;
    let page: Page;
    /** "403 GET /v1/…": what was refused or failed since the test began. */
    const refused: string[] = [];

    before(async () => {
      tool = await startTestDoccano('sqlite', { version });
      world = await openDoccanoGateway('sqlite', tool);
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
      await tool?.stop();
    });
    beforeEach(() => void refused.splice(0));

    const answered = async (method: string, path: RegExp, action: () => Promise<unknown>): Promise<number> => {
      const isIt = (answer: Response): boolean =>
        answer.request().method() === method && path.test(new URL(answer.url()).pathname);
      const [response] = await Promise.all([page.waitForResponse(isIt), action()]);
      return response.status();
    };

    const firstExample = (): string => `${world.url}/projects/${world.own.projectId}/sequence-labeling?page=1`;

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
      await page.goto(firstExample());
      await page.getByText('A cat sat.').first().waitFor();
      await page
        .getByText('A cat sat.')
        .first()
        .dblclick({ position: { x: 28, y: 8 } });
      const label = () => page.locator('.v-menu__content').getByText('animal').click();
      expect(await answered('POST', /\/examples\/\d+\/spans$/, label)).to.equal(201);
      const confirm = () => page.locator('main button').first().click();
      expect(await answered('POST', /\/examples\/\d+\/states$/, confirm)).to.equal(201);
      // One of three; shown last, and until then the page takes no other example.
      await page.getByText('34%').waitFor();
      expect(refused).to.deep.equal([]);
    });

    it('goes on to the next example, and finds the label again when they come back', async () => {
      await page.keyboard.press('ArrowRight');
      await page.getByText('A dog ran.').first().waitFor();
      const comeBack = () => page.goto(firstExample());
      expect(await answered('GET', /\/examples\/\d+\/spans$/, comeBack)).to.equal(200);
      await page.getByText('A cat sat.').first().waitFor();
      await page.locator('svg').getByText('animal').first().waitFor();
      expect(refused).to.deep.equal([]);
    });

    it('is shown a page with the way back when they try a foreign project in the address bar', async () => {
      await page.goto(`${world.url}/projects/${world.foreign.projectId}/dataset`);
      await page.getByRole('heading', { name: 'This is not open to you' }).waitFor();
      await page.getByRole('link', { name: `Project ${world.own.projectId}` }).click();
      await page.getByText('Start Annotation').first().waitFor();
    });
  });
}

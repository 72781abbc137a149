/** A trainer labels tasks with a picture, a sound and a video through the gateway, in the oldest and the newest Label Studio, and below a path of an https host. */
import { expect } from 'chai';
import type { Browser, Page, Response } from 'playwright-core';
import { localVersion } from '../../../plugin/dev/local-tools/label-studio/server.ts';
import { GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import { GatewayWorld } from '../../support/gateway-world.ts';
import { startTestLabelStudio, type TestLabelStudio } from '../../support/label-studio.ts';
import { giveMediaTasks } from '../../support/media-tasks.ts';
import { type Nginx, prepareNginx } from '../../support/nginx.ts';
import { signInOnPage } from '../../support/sign-in-page.ts';
import { measuredVersions } from '../../versions/supported.ts';

const [oldest] = measuredVersions['Label Studio'];
const places = [
  { version: oldest, isBelowPath: false },
  { version: localVersion, isBelowPath: true },
];
/** The same buttons have other marks in older versions. */
const SUBMIT = '[data-testid=bottombar-submit-button], button[aria-label=submit]';
const SKIP = '[data-testid=bottombar-skip-button], button[aria-label=skip-task]';
/** A ready state of 2 is HAVE_CURRENT_DATA; the picture is one pixel wide. */
const SEEN_AND_HEARD = `['video', 'audio'].every((name) => document.querySelector(name)?.readyState >= 2) &&
  [...document.images].some(({ src, naturalWidth }) => src.includes('/data/upload/') && naturalWidth === 1)`;

for (const { version, isBelowPath } of places) {
  describe(`media in Label Studio ${version} through the gateway${isBelowPath ? ', below a path of an https host' : ''}`, function () {
    this.timeout(240_000);
    let nginx: Nginx | undefined;
    let tool: TestLabelStudio;
    let world: GatewayWorld;
    let browser: Browser;
    let page: Page;
    const answers: Response[] = [];

    before(async () => {
      nginx = isBelowPath ? await prepareNginx() : undefined;
      const publicUrl = nginx && { publicUrl: `${nginx.url}/label` };
      tool = await startTestLabelStudio('sqlite', { version, ...publicUrl });
      world = await GatewayWorld.open('sqlite', {
        tool,
        inFront: async (address) => {
          await nginx?.serve([{ path: '/label', target: address, keepsPath: true }]);
          return publicUrl?.publicUrl ?? address;
        },
      });
      browser = await startBrowser();
      ({ page } = await newPage(browser, { viewport: { width: 1300, height: 1100 }, ignoreHTTPSErrors: true }));
      page.setDefaultTimeout(60_000);
      const basePath = isBelowPath ? '/label' : '';
      await giveMediaTasks(world.owner, { project: world.own, basePath, page });
      page.on('response', (response) => answers.push(response));
    });
    after(async () => {
      await browser?.close();
      await world?.close();
      await tool?.stop();
      await nginx?.close();
    });
    beforeEach(() => void answers.splice(0));

    const pathOf = (response: Response): string => new URL(response.url()).pathname;

    /**
     * "403 GET /api/…" of what was refused or failed. Tips come from the maker's server, which a test does not call; below a path Label Studio
     * itself asks for its fonts at the host's root.
     */
    function refused(): string[] {
      return answers
        .filter((response) => response.status() >= 400 && response.url().startsWith(`${world.url}/`))
        .filter((response) => !pathOf(response).endsWith('/heidi-tips'))
        .map((response) => `${response.status()} ${response.request().method()} ${pathOf(response)}`);
    }

    it('signs in, and finds their own project and no other', async () => {
      await signInOnPage(page, world.url, { email: mailOf(world.ann), password: GOOD_PASSWORD });
      await page.goto(`${world.url}/projects/`);
      await page.getByText(/^Own /).first().waitFor();
      expect(await page.getByText(/^Foreign /).count()).to.equal(0);
      expect(refused()).to.deep.equal([]);
    });

    it('sees and hears a task, submits it, and skips the next one', async () => {
      await page.goto(`${world.url}/projects/${world.own.projectId}/data`);
      await page.getByText('Label All Tasks').click();
      await page.locator(SUBMIT).first().waitFor();
      await page.waitForFunction(SEEN_AND_HEARD);
      expect(await press(SUBMIT)).to.equal(201);
      await page.getByText('text 1').first().waitFor();
      expect(await press(SKIP)).to.equal(201);
      expect(refused()).to.deep.equal([]);
    });

    /** Chooses a label and presses a button. Returns the status of the annotation. */
    async function press(button: string): Promise<number> {
      await page.getByText(/^Cat/).first().click();
      const [answer] = await Promise.all([
        page.waitForResponse((one) => /\/api\/tasks\/\d+\/annotations\/?$/.test(pathOf(one))),
        page.locator(button).first().click(),
      ]);
      return answer.status();
    }

    it('is shown a page with the way back when they try a foreign project in the address bar', async () => {
      await page.goto(`${world.url}/projects/${world.foreign.projectId}/data`);
      await page.getByRole('heading', { name: 'This is not open to you' }).waitFor();
      await page.getByRole('link', { name: `Project ${world.own.projectId}` }).click();
      await page.getByText('Label All Tasks').waitFor();
    });

    afterEach(async function () {
      if (this.currentTest?.state === 'failed') console.error(page.url(), refused());
    });

    it('signs out, and comes to the page for signing in', async () => {
      // Label Studio sets the session's cookie with every answer: one that comes after this would sign in again.
      await page.waitForLoadState('networkidle');
      await page.goto(`${world.url}/logout/`);
      await page.locator('input[name=password]').waitFor();
      expect(page.url().split('?')[0]).to.equal(`${world.url}/user/login/`);
    });
  });
}

import { expect } from 'chai';
import type { Browser, Locator, Page } from 'playwright-core';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { lookForNewAccounts } from '../../../plugin/access/new-accounts.ts';
import { type WatchedRoutes, watchRoutes } from '../../support/app-routes.ts';
import { newPage, startBrowser } from '../../support/browser.ts';
import type { WebWorld } from '../../support/web-world.ts';
import { consolePaths, filledWorld, MAIL_PATH } from './filled-world.ts';
import { withoutRefresh } from './page-checks.ts';

/** What an admin types before a button can be pressed, by the name of the field. */
const typed: Readonly<Record<string, string>> = { confirmation: 'remove everybody', token: 'otp_not_a_token' };
const ANYTHING = '1';

/** Below these, every route that takes a form; but for those that are on no page of the console's. */
const CONSOLE = /^\/(console|connect)\/(?!\*)/;
const notOnAPage = ['/console/sign-out', '/console/sign-in/:ticket'];

/** What came of a button. */
interface Pressed {
  /** The path that its form is sent to. */
  action: string;
  isPost: boolean;
  status: number;
  /** What the page says of it. */
  told: string;
}

/** What else an admin can be asked: accounts that nobody knows, links that a reconnect left behind or that may be another tool's, an account that may be a trainer's. */
async function addRareCases({ access }: WebWorld): Promise<void> {
  const { database } = access.store;
  for (const guest of ['guest.1@example.com', 'guest.2@example.com']) access.tool.add(guest, { places: [WHOLE_TOOL] });
  await lookForNewAccounts(access.context);
  await database('project_links').where({ id: 'plink_12' }).update({ not_linked_since: access.now });
  const elsewhere = { owner: null, from_before: 1, external_project_url: 'https://other.example.com/projects/15' };
  await database('project_links').where({ id: 'plink_15' }).update(elsewhere);
  await database('access').where({ trainer_id: 'usr_5' }).update({ reason: 'account-not-ours' });
}

async function fillIn(form: Locator): Promise<void> {
  for (const field of await form.locator('input[required]:visible').all()) {
    if ((await field.inputValue()) === '')
      await field.fill(typed[(await field.getAttribute('name')) ?? ''] ?? ANYTHING);
  }
  for (const field of await form.locator('select[required]:visible').all()) await field.selectOption({ index: 1 });
}

async function press(page: Page, button: Locator, form: Locator, action: string): Promise<Pressed> {
  const isPost = (await form.getAttribute('method')) === 'post';
  await fillIn(form);
  const [answer] = await Promise.all([
    page.waitForResponse((one) => one.request().isNavigationRequest() && (one.status() < 300 || one.status() >= 400)),
    button.click(),
  ]);
  await page.waitForLoadState();
  const told = await page.locator('main [role=status], main [role=alert]').allTextContents();
  return { action, isPost, status: answer.status(), told: told.join(' ').trim() };
}

describe('every button of the console, in a browser', () => {
  let browser: Browser;
  let world: WebWorld;
  let page: Page;
  let errors: string[];
  let routes: WatchedRoutes;

  before(async () => {
    browser = await startBrowser();
    routes = watchRoutes();
    world = await filledWorld();
    await addRareCases(world);
    ({ page, errors } = await newPage(browser));
    for (const run of ['doctor', 'reconcile', 'sync']) await withoutRefresh(page, `/console/${run}`);
  });
  after(async () => {
    routes?.stop();
    await browser?.close();
    await world?.close();
  });

  /** Presses the first button of a page that was not pressed yet; false when there is none. */
  async function pressNext(path: string, pressed: Map<string, Pressed>): Promise<boolean> {
    world.serve();
    // One run at a time: the others' buttons are disabled meanwhile.
    await world.access.store.database('console_runs').whereNull('finished_at').delete();
    const [name = '', value = ''] = (await world.signIn()).split('=');
    await page.context().addCookies([{ name, value, url: world.url }]);
    await page.goto(world.url + path);
    for (const button of await page.locator('main form button:not([type=button]):enabled:visible').all()) {
      const form = button.locator('xpath=ancestor::form');
      const action = ((await form.getAttribute('action')) ?? '').replace(/#.*/, '');
      const one = `${action} ${(await button.textContent())?.trim()}`;
      if (pressed.has(one)) continue;
      pressed.set(one, await press(page, button, form, action));
      return true;
    }
    return false;
  }

  it('leads to a page that says what came of it, and there is one for whatever the console can do', async function () {
    this.timeout(300_000);
    const pressed = new Map<string, Pressed>();
    for (const path of ['/console/projects?other=plink_15', ...consolePaths(world)]) {
      if (path === MAIL_PATH) continue;
      while (await pressNext(path, pressed));
    }
    const silent = [...pressed].filter(
      // 409: OpenTrain is not there in this test.
      ([, { isPost, status, told }]) => ![200, 409].includes(status) || (isPost && told === ''),
    );
    expect(silent).to.deep.equal([]);
    const actions = [...pressed.values()].filter(({ isPost }) => isPost).map(({ action }) => action);
    const withoutButton = routes.paths('post', 'own').filter((route) => {
      const asked = new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}$`);
      return CONSOLE.test(route) && !notOnAPage.includes(route) && !actions.some((action) => asked.test(action));
    });
    expect(withoutButton).to.deep.equal([]);
    expect(errors.filter((error) => !error.includes('status of 409'))).to.deep.equal([]);
  });
});

/** Every route that answers POST, as the routers themselves have them: nothing is taken from another site, another session or a viewer, and no name becomes HTML. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { watchRoutes } from '../../support/app-routes.ts';
import { fillBelievably } from '../../support/believable.ts';
import { fillBudgets } from '../../support/believable-budgets.ts';
import { fillHeld } from '../../support/believable-held.ts';
import { publicForms } from '../../support/public-forms.ts';
import { storeKinds } from '../../support/store.ts';
import { formToken, WebWorld } from '../../support/web-world.ts';
import { changedTables, wholeStore } from '../../support/whole-store.ts';

/** Things of the believable store, by the page that shows one. */
const ids: Readonly<Record<string, string>> = {
  budgets: 'ctr_1',
  trainers: 'usr_1',
  deliveries: 'dlv_5a31f0',
  settings: 'mail',
};

/** The addresses that answer this method, with things in them, as the routers have them; the public forms are tried elsewhere. */
async function paths(world: WebWorld, method: 'get' | 'post'): Promise<string[]> {
  const watched = watchRoutes();
  world.serve();
  await world.get('/console');
  watched.stop();
  return watched
    .paths(method)
    .filter((path) => method === 'get' || !Object.hasOwn(publicForms, path))
    .map((path) => path.replaceAll(/[:*]\w+/g, () => ids[path.split('/')[2] ?? ''] ?? 'x'));
}

const fields = {
  ...{ trainer: 'usr_8', link: 'plink_12', unit: 'regions', confirmation: 'remove everybody', account: '9', used: '5' },
  ...{ BRAND_NAME: 'Somebody else', 'was.BRAND_NAME': 'Acme' },
  ...{ contract: 'ctr_2', kind: 'notice', key: '21', id: 'dlv_5a31f0', token: 'ot_ptk_x', project: '33', job: '' },
};

for (const kind of storeKinds) {
  describe(`every route that answers POST on ${kind}`, () => {
    let world: WebWorld;
    let admin: string;
    let posts: string[];
    let settingsFile: string;
    before(async () => {
      world = await WebWorld.open(kind, { OPENTRAIN_APP_SLUG: 'our-tool' });
      const { file } = world.useSettingsFile({ OPENTRAIN_APP_SLUG: 'our-tool', BRAND_NAME: 'Acme' });
      settingsFile = file;
      await fillBelievably(world.access);
      admin = await world.signIn();
      posts = await paths(world, 'post');
      expect(posts.length).to.be.greaterThan(30);
      expect(posts).to.include('/console/settings/mail');
    });
    after(() => world.close());
    beforeEach(() => world.serve());

    /** Posts to every route, and holds that each is refused with this status and nothing in any table is another. */
    async function refusesAll(
      cookie: string,
      form: () => Promise<string>,
      headers: Record<string, string>,
      tried = posts,
    ): Promise<void> {
      const { database } = world.access.store;
      const token = await form();
      const before = await wholeStore(database);
      const settingsBefore = readFileSync(settingsFile, 'utf8');
      // Refused before any route: also where there is none yet.
      for (const path of [...tried, '/console/not-yet-made']) {
        const response = await world.post(path, { ...fields, form: token }, { cookie, ...headers });
        // 405: the route answers only GET.
        expect([401, 403, 405], `${path} answered ${response.status}`).to.include(response.status);
      }
      expect(readFileSync(settingsFile, 'utf8'), 'the settings file').to.equal(settingsBefore);
      expect(changedTables(before, await wholeStore(database))).to.deep.equal([]);
    }
    const ownForm = async (cookie: string): Promise<string> => formToken(await world.page('/console', cookie));

    it('changes nothing for a viewer, in any table', async () => {
      const viewer = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
      // Signing out ends nothing but their own session.
      const others = posts.filter((path) => path !== '/console/sign-out');
      await refusesAll(viewer, () => ownForm(viewer), {}, others);
    });

    it('changes nothing without its token, or with one of another session', async () => {
      await refusesAll(admin, async () => '', {});
      const other = await world.signInAs({ role: 'admin', actor: 'console ada@example.com' });
      await refusesAll(admin, () => ownForm(other), {});
    });

    it('changes nothing when the browser says that another site sent it, although the token is good', async () => {
      for (const site of ['cross-site', 'same-site']) {
        await refusesAll(admin, () => ownForm(admin), { 'Sec-Fetch-Site': site });
      }
      await refusesAll(admin, () => ownForm(admin), { Origin: 'https://elsewhere.example' });
    });

    it('changes nothing for whoever is not signed in', async () => {
      await refusesAll('console=guessed', () => ownForm(admin), {});
    });
  });

  describe(`names that are HTML, on every page of the console on ${kind}`, () => {
    const EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
    let world: WebWorld;
    before(async () => {
      world = await WebWorld.open(kind, { OPENTRAIN_APP_SLUG: 'our-tool' });
      const { access } = world;
      world.useSettingsFile({ OPENTRAIN_APP_SLUG: 'our-tool', BRAND_NAME: EVIL, CONTACT: EVIL });
      access.tool.listProjects = async () => [{ id: EVIL, title: EVIL }];
      await fillBelievably(access);
      await fillBudgets(access);
      await fillHeld(access);
      const { database } = access.store;
      await database('trainers').update({ display_name: EVIL, country: EVIL });
      await database('contracts').update({ title: EVIL });
      await database('project_links').update({ external_project_name: EVIL });
      await database('audit_log').update({ cause: EVIL, detail: EVIL, place: EVIL });
      await database('access').update({ reason: EVIL, remedy: EVIL });
      await database('usage_refusals').update({ message: EVIL, request_id: EVIL });
      await database('queue_items').update({ last_error: EVIL });
      await database('deliveries').update({
        body: EVIL,
        headers: JSON.stringify({ 'x-evil': EVIL }),
        last_error: EVIL,
        outcome: EVIL,
      });
      await database('outages').update({ error: EVIL });
      await database('counters').update({ last_detail: EVIL });
      await database('budget_history').update({ source: EVIL });
      await database('budget_thresholds').update({ changed_by: EVIL });
      await database('contracts').where({ id: 'ctr_2' }).update({ usage_problem: EVIL });
    });
    after(() => world.close());
    beforeEach(() => world.serve());

    it('stay text, also in what the address gives', async () => {
      const cookie = await world.signInAs({ role: 'admin', actor: `console ${EVIL}` });
      const asked = new URLSearchParams({
        q: EVIL,
        trainer: EVIL,
        contract: EVIL,
        job: EVIL,
        project: EVIL,
        cause: EVIL,
        by: EVIL,
        sort: EVIL,
      });
      const gets = (await paths(world, 'get')).filter((path) => !path.endsWith('/csv') && !path.endsWith('/mail'));
      expect(gets.length).to.be.greaterThan(30);
      let shown = 0;
      for (const path of gets) {
        for (const address of [path, `${path}?${asked}`]) {
          const html = await world.page(address, cookie);
          expect(html, address)
            .not.to.match(/<img src=x/)
            .and.not.to.include('<script>alert');
          if (html.includes('&lt;img src=x')) shown += 1;
        }
      }
      expect(shown, 'the names were there').to.be.greaterThan(10);
    });
  });
}

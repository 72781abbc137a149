import { expect } from 'chai';
import { storeKinds } from '../../support/store.ts';
import { consolePages, formToken, WebWorld } from '../../support/web-world.ts';

const MINUTE_MS = 60_000;

for (const kind of storeKinds) {
  describe(`signing in to the console on ${kind}`, () => {
    let world: WebWorld;
    beforeEach(async () => {
      world = await WebWorld.open(kind);
    });
    afterEach(() => world.close());

    it('lets nobody in without a link, and says how to get one', async () => {
      for (const path of [...consolePages, '/connect/callback']) {
        const response = await world.get(path);
        expect(response.status, path).to.equal(401);
        expect(await response.text(), path).to.include('opentrain-plugin console');
      }
      expect((await world.post('/console/remove-everybody', { confirmation: 'remove everybody' })).status).to.equal(
        401,
      );
    });

    it('uses a link up by the button, not by a look', async () => {
      const path = await world.signInPath();
      const form = formToken(await world.page(path));
      await world.get(path);
      expect((await world.post(path, {})).status, 'without the form of the page').to.equal(410);
      const signedIn = await world.post(path, { form });
      expect(signedIn.status).to.equal(303);
      expect(signedIn.headers.get('location')).to.equal('/console');
      expect((await world.post(path, { form })).status, 'a second time').to.equal(410);
      expect((await world.get(path)).status).to.equal(410);
    });

    it('lets one of two in who use a link at the same moment', async () => {
      const path = await world.signInPath();
      const form = formToken(await world.page(path));
      const answers = await Promise.all([1, 2, 3].map(() => world.post(path, { form })));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([303, 410, 410]);
    });

    it('closes a link after ten minutes and a session after twelve hours', async () => {
      const path = await world.signInPath();
      const cookie = await world.signIn();
      world.access.later(10 * MINUTE_MS);
      expect((await world.get(path)).status).to.equal(410);
      world.access.later(12 * 60 * MINUTE_MS - 11 * MINUTE_MS);
      expect((await world.get('/console', cookie)).status).to.equal(200);
      world.access.later(MINUTE_MS);
      expect((await world.get('/console', cookie)).status).to.equal(401);
    });

    it('keeps neither the link nor the cookie in readable form', async () => {
      const ticket = (await world.signInPath()).split('/').at(-1) ?? '';
      const cookie = (await world.signIn()).split('=')[1] ?? '';
      const { database } = world.access.store;
      const stored = JSON.stringify([await database('console_tickets'), await database('console_sessions')]);
      expect(stored).not.to.include(ticket).and.not.to.include(cookie);
    });

    it('ends the session on signing out', async () => {
      const cookie = await world.signIn();
      const out = await world.act(cookie, '/console', '/console/sign-out');
      expect(await out.text()).to.include('You are signed out');
      expect((await world.get('/console', cookie)).status).to.equal(401);
    });

    it('gives a cookie that scripts and other sites do not get', async () => {
      const path = await world.signInPath();
      const form = formToken(await world.page(path));
      const cookie = (await world.post(path, { form })).headers.get('set-cookie') ?? '';
      expect(cookie).to.include('HttpOnly').and.to.include('SameSite=Lax').and.to.include('Path=/');
      expect(cookie, 'on http').not.to.include('Secure');
    });

    it('gives a cookie for https alone where the plugin is reached by https', async () => {
      world.access.useSettings({ PLUGIN_PUBLIC_URL: 'https://plugin.example.com' });
      world.serve();
      const path = await world.signInPath();
      const form = formToken(await world.page(path));
      const cookie = (await world.post(path, { form })).headers.get('set-cookie') ?? '';
      expect(cookie)
        .to.match(/^__Host-console=/)
        .and.to.include('Secure');
    });
  });
}

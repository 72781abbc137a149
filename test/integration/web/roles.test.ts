import { expect } from 'chai';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

for (const kind of storeKinds) {
  describe(`a viewer in the console on ${kind}`, () => {
    let world: WebWorld;
    let viewer: string;
    before(async () => {
      world = await WebWorld.open(kind, { OPENTRAIN_APP_SLUG: 'our-tool' });
      await fillBelievably(world.access);
      viewer = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
    });
    after(() => world.close());
    beforeEach(() => world.serve());

    it('changes nothing by any other method', async () => {
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const response = await fetch(`${world.url}/console/projects`, { method, headers: { cookie: viewer } });
        expect(response.status, method).to.equal(403);
      }
    });

    it('is told so on the pages, and is not shown a link that opens a trainer’s account', async () => {
      world.access.use({ mailer: null });
      world.serve();
      await world.access.store.database('invitations').where({ trainer_id: 'usr_8' }).update({ mailed_at: null });
      const admin = await world.signIn();
      for (const path of ['/console', '/console/trainers']) {
        const html = await world.page(path, viewer);
        expect(html, path).to.include('signed in as a viewer').and.not.to.include('/invitations/');
        expect(await world.page(path, admin), path).to.include('/invitations/');
      }
    });

    it('can sign out', async () => {
      const cookie = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
      expect(await (await world.act(cookie, '/console', '/console/sign-out')).text()).to.include('You are signed out');
      expect((await world.get('/console', cookie)).status).to.equal(401);
    });
  });

  it(`names who acted in the audit log on ${kind}`, async () => {
    const world = await WebWorld.open(kind);
    await fillBelievably(world.access);
    await world.access.work();
    const ada = await world.signInAs({ role: 'admin', actor: 'console ada@example.com' });
    for (const cookie of [ada, await world.signIn()]) {
      await world.act(cookie, '/console/trainers', '/console/trainers/invite', { trainer: 'usr_8' });
    }
    const causes = await world.access.store.database('audit_log').where({ action: 'resend-invitation' }).orderBy('id');
    expect(causes.map(({ cause }) => cause)).to.deep.equal(['console ada@example.com', 'console link']);
    await world.close();
  });
}

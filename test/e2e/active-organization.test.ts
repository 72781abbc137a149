/** On a real Label Studio every member can take the active organization from any account, the owner's too. */
import { expect } from 'chai';
import { joined, type LabelStudioScene, labelStudioDatabases, useLabelStudio } from '../support/label-studio.ts';

const PASSWORD = 'seven purple lanterns';

for (const database of labelStudioDatabases) {
  describe(`a member takes the active organization from others on a real Label Studio (${database})`, function () {
    this.timeout(120_000);
    let scene: LabelStudioScene;
    useLabelStudio(database, (opened) => {
      scene = opened;
    });

    it('the next look gives it back: projects are seen, hires go through, and the colleague works on', async () => {
      const { adapter, owner } = scene;
      await owner.createProject('Robbed', ['a text']);
      const ann = await joined(scene, 'ann', PASSWORD);
      const mallory = await joined(scene, 'mallory', PASSWORD);
      const { id: ownerId } = (await owner.whoami()) ?? { id: 0 };
      const robbed = { active_organization: null };
      for (const id of [ann.toolUserId, ownerId]) {
        expect((await mallory.session.http.patch(`/api/users/${id}/`, robbed)).status).to.equal(200);
      }
      expect((await owner.http.get('/api/invite')).status).to.equal(500);
      expect(await adapter.listProjects()).not.to.deep.equal([]);
      expect((await ann.session.http.get('/api/projects/')).data.count).to.be.above(0);
      expect((await mallory.session.http.patch(`/api/users/${ownerId}/`, robbed)).status).to.equal(200);
      const bob = await joined(scene, 'bob', PASSWORD);
      expect((await bob.session.whoami())?.email).to.equal(bob.email);
    });
  });
}

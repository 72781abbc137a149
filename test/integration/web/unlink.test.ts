import { expect } from 'chai';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

for (const kind of storeKinds) {
  describe(`who loses access by a link's removal, on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    beforeEach(async () => {
      world = await WebWorld.open(kind);
      await fillBelievably(world.access);
      cookie = await world.signIn();
    });
    afterEach(() => world.close());

    async function named(link: string): Promise<string[]> {
      const html = await world.page(`/console/projects?unlink=${link}`, cookie);
      const list = /<ul class="losing">([\s\S]*?)<\/ul>/.exec(html)?.[1] ?? '';
      return [...list.matchAll(/trainers\/([^"]+)"/g)].map(([, id = '']) => id).sort();
    }

    it('is told by name before, and is nobody who is let in by another link', async () => {
      expect(await named('plink_15')).to.deep.equal(['usr_2', 'usr_8']);
      const html = await world.page('/console/projects?unlink=plink_15', cookie);
      expect(html).to.include('2 trainers lose access').and.to.include('Björn S. (bjorn@opentrain.work)');
      expect(html).to.include('after 10 min');
      await world.access.hire('ctr_20', 'job_boxes', 'usr_2', 'bjorn@opentrain.work');
      const { accessLevel } = (await world.access.context.describeTool()).capabilities;
      expect(await named('plink_15')).to.deep.equal(accessLevel === 'tool' ? ['usr_8'] : ['usr_2', 'usr_8']);
    });

    it('changes nothing by being asked', async () => {
      const { database } = world.access.store;
      const stored = async () => JSON.stringify([await database('access'), await database('project_links')]);
      const before = await stored();
      await named('plink_12');
      expect(await stored()).to.equal(before);
    });
  });
}

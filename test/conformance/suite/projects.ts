/** What the adapter says about the tool and its projects. */
import { expect } from 'chai';
import type { Themes } from '../index.ts';
import { newProject } from '../world.ts';

export function projectTests({ describe, it, world }: Themes): void {
  describe('the tool and its projects', () => {
    it('names product and version, and gives remedies only for what is missing', async () => {
      const { product, version, capabilities, remedies } = await world().adapter.describe();
      expect(product).to.not.equal('');
      expect(version).to.not.equal('');
      for (const [capability, remedy] of Object.entries(remedies)) {
        expect(Object.entries(capabilities), capability).to.deep.include([capability, false]);
        expect(remedy, capability).to.not.equal('');
      }
    });

    it('lists every project, and finds each one by its id', async () => {
      const ids = [await newProject(world()), await newProject(world()), await newProject(world())];
      const listed = await world().adapter.listProjects();
      expect(listed.map(({ id }) => id)).to.include.members(ids);
      for (const id of ids) {
        const found = await world().adapter.findProject(id);
        expect(found).to.deep.equal(listed.find((project) => project.id === id));
      }
    });

    it('finds no project under an id that the tool does not know, whatever it looks like', async () => {
      for (const id of ['99999999', '0', '-1', 'no such', '1 OR 1=1', '../users', '1?x=', '%00', '9'.repeat(40), '']) {
        expect(await world().adapter.findProject(id), `“${id}”`).to.equal(null);
      }
    });

    it('finds a deleted project no more', async () => {
      const id = await newProject(world());
      await world().driver.deleteProject(id);
      expect(await world().adapter.findProject(id)).to.equal(null);
      expect((await world().adapter.listProjects()).map((project) => project.id)).to.not.include(id);
    });

    it('sends people to the public address, not to the one the plugin uses', async () => {
      const adapter = await world().open({ publicUrl: 'https://labels.example.org/tool' });
      for (const url of [adapter.signInUrl(), adapter.projectUrl('7')]) {
        expect(url).to.match(/^https:\/\/labels\.example\.org\/tool(\/|$)/);
      }
      expect(adapter.projectUrl('7')).to.include('7');
    });
  });
}

import { expect } from 'chai';
import { stub } from 'sinon';
import type { PluginContext } from '../../../plugin/context.ts';
import { currentInstall, saveInstall } from '../../../plugin/mirror/installs.ts';
import { linkProject, relinkAll } from '../../../plugin/mirror/link-project.ts';
import { allProjectLinks } from '../../../plugin/mirror/project-links.ts';
import { refreshFromOpenTrain, refreshInstall } from '../../../plugin/mirror/refresh.ts';
import { OpenTrainClient } from '../../../plugin/platform/client.ts';
import { installSchema } from '../../../plugin/platform/types.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`a reconnect in the moment in which a link is made, with the store on ${kind}`, () => {
    let world: CoreWorld;
    useCoreWorld(kind, (opened) => {
      world = opened;
    });

    /** The plugin with the token of a new grant that carried nothing over; the clock stands still. */
    function connectedAgain() {
      const { context, sandbox } = world;
      const { token } = sandbox.control.reconnect({ carryOver: false });
      const { openTrain, ...settings } = context.settings;
      const client = new OpenTrainClient({ baseUrl: sandbox.baseUrl, token: async () => token, log: context.log });
      return {
        ...context,
        openTrain: client,
        settings: { ...settings, openTrain: { ...openTrain, partnerToken: token } },
      };
    }
    const links = async () =>
      (await allProjectLinks(world.context.database)).map((row) => ({
        removed: row.removed_at !== null,
        held: row.not_linked_since !== null,
      }));

    it('lets the last of two connections of the same millisecond count', async () => {
      const now = world.clock.time;
      for (const id of ['inst_b', 'inst_a', 'inst_c']) {
        await saveInstall(world.context.database, installSchema.parse({ id, status: 'ACTIVE' }), `token of ${id}`, now);
        expect((await currentInstall(world.context.database))?.id).to.equal(id);
      }
    });

    it('holds a link whose making was under way when the new token was stored, and links it again', async () => {
      const { context, sandbox } = world;
      const { id: jobId } = sandbox.control.createJob({ title: 'Cats' });
      await refreshFromOpenTrain(context, 'test');
      const create = context.openTrain.createProjectLink.bind(context.openTrain);
      const reconnected: PluginContext[] = [];
      stub(context.openTrain, 'createProjectLink').callsFake(async (link) => {
        const created = await create(link);
        const again = connectedAgain();
        await refreshInstall(again);
        reconnected.push(again);
        return created;
      });
      await linkProject(context, { projectId: '7', jobId, labelUnit: 'annotations' });
      const [again = context] = reconnected;
      await refreshFromOpenTrain(again, 'test');
      expect(await links()).to.deep.equal([{ removed: false, held: true }]);
      expect((await relinkAll(again)).made).to.have.length(1);
    });

    it('holds a link that only an event of the old grant told, after the new token was stored', async () => {
      await refreshFromOpenTrain(world.context, 'test');
      const { jobId } = await world.linkedJob();
      const created = world.lastEvent('project_link.created');
      const again = connectedAgain();
      await refreshFromOpenTrain(again, 'test');
      await world.deliver(created);
      await refreshFromOpenTrain(again, 'test');
      expect(jobId).to.match(/^job_/);
      expect(await links()).to.deep.equal([{ removed: false, held: true }]);
    });
  });
}

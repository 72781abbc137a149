/** Held decreases: shown, accepted or dropped by an admin, until the count is another one. */
import { expect } from 'chai';
import { runSync } from '../../../plugin/commands/sync.ts';
import { readHeld } from '../../../plugin/status/held.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { decideHeld } from '../../../plugin/usage/decide-held.ts';
import { heldDays } from '../../../plugin/usage/held-days.ts';
import { storeKinds } from '../../support/store.ts';
import { useSyncScene } from '../../support/sync-scene.ts';
import { thrownBy } from '../../support/thrown.ts';

const DAYS = ['2031-05-01', '2031-05-02', '2031-05-19'];

for (const kind of storeKinds) {
  describe(`held decreases (${kind})`, () => {
    const scene = useSyncScene(kind);
    const { work, sync, held, problem } = scene;
    const all = (labels: number): string[] => DAYS.map((day) => `c1 ${day} ${labels}`);
    const heldNow = async () => readHeld(scene.world.context);

    beforeEach(async () => {
      for (const day of DAYS) work(day, 10);
      await sync();
      scene.world.tool.annotations = [];
      await sync();
      expect(held()).to.deep.equal(all(10));
    });

    it('are shown by contract and day, with what was accepted, what is there now, and the difference', async () => {
      const { held: waiting, dropped } = await heldNow();
      expect(dropped).to.deep.equal([]);
      expect(waiting.map(({ contractId, days }) => [contractId, days.map(({ day }) => day)])).to.deep.equal([
        ['c1', DAYS],
      ]);
      expect(waiting[0]?.days[0]).to.deep.include({
        trainer: 'Trainer ada (ada@opentrain.work)',
        accepted: { labels: 10, tasks: 10, seconds: 100 },
        now: { labels: 0, tasks: 0, seconds: 0 },
        difference: { labels: -10, tasks: -10, seconds: -100 },
      });
      expect(waiting[0]?.total.difference).to.deep.equal({ labels: -30, tasks: -30, seconds: -300 });
      const told = (await readStatus(scene.world.context)).problems.find(({ page }) => page !== undefined);
      expect(told?.page?.path).to.equal('/console/held');
      expect(told?.remedy).to.include('--accept --contract c1').and.include('--drop');
    });

    it('are still held after a sync of the last days that sent something', async () => {
      work('2031-05-20');
      await sync({ since: '2031-05-20' });
      expect(held()).to.deep.equal([...all(10), 'c1 2031-05-20 1']);
      expect(await problem()).to.match(/3 days would become less/);
      expect((await heldNow()).held[0]?.days).to.have.length(3);
    });

    it('that are dropped stay as OpenTrain accepted them, and are no problem any more', async () => {
      await decideHeld(scene.world.context, 'dropped', { contractIds: ['c1'], cause: 'console' });
      expect(await problem()).to.equal(null);
      for (const options of [{}, { since: '2031-05-19' }, { contractIds: ['c1'] }]) {
        expect(await sync(options)).to.deep.include({ calls: 0, changes: [], problems: [] });
      }
      expect(held()).to.deep.equal(all(10));
      expect((await heldNow()).dropped[0]?.days).to.have.length(3);
      expect(await problem()).to.equal(null);
      const entry = await scene.world.database('audit_log').orderBy('id', 'desc').first();
      expect(entry).to.include({ action: 'drop-decrease', cause: 'console' });
      expect(entry?.detail).to.include('contract c1').and.include('2031-05-01 of ada');
    });

    it('that are dropped are compared again as soon as the count is another one', async () => {
      await decideHeld(scene.world.context, 'dropped', { cause: 'console' });
      work('2031-05-01', 2);
      work('2031-05-02', 12);
      await sync();
      // Up to 12 is sent; down to 2 is a loss of 8, and small by now.
      expect(held()).to.deep.equal(['c1 2031-05-01 2', 'c1 2031-05-02 12', 'c1 2031-05-19 10']);
      expect((await heldDays(scene.world.database)).map((row) => row.work_date)).to.deep.equal(['2031-05-19']);
    });

    it('that are dropped are forgotten when the work is back: the same loss later is held anew', async () => {
      await decideHeld(scene.world.context, 'dropped', { cause: 'console' });
      for (const day of DAYS) work(day, 10);
      await sync();
      expect(await heldDays(scene.world.database)).to.deep.equal([]);
      scene.world.tool.annotations = [];
      await sync();
      expect(await problem()).to.match(/3 days would become less/);
    });

    it('that are accepted are sent with the next sync, just these numbers', async () => {
      await decideHeld(scene.world.context, 'accepted', { contractIds: ['c1'], cause: 'console' });
      const due = await scene.world.database('queue_items').where({ kind: 'usage' }).pluck('key');
      expect(due).to.deep.equal(['c1']);
      await sync({ contractIds: ['c1'] });
      expect(held()).to.deep.equal(all(0));
      await sync();
      expect(await heldDays(scene.world.database)).to.deep.equal([]);
    });

    it('are dropped by command, once; a dry run decides nothing', async () => {
      const { context } = scene.world;
      await runSync(context, { dryRun: true, accept: true });
      expect((await heldNow()).held[0]?.days).to.have.length(3);
      expect(await thrownBy(decideHeld(context, 'dropped', { contractIds: ['c9'], cause: 'x' }))).to.have.property(
        'remedy',
      );
      expect(await decideHeld(context, 'dropped', { cause: 'command sync' })).to.deep.equal({ contracts: 1, days: 3 });
      expect(await thrownBy(decideHeld(context, 'dropped', { cause: 'x' }))).to.have.property('remedy');
    });
  });
}

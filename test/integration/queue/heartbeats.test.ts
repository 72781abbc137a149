import { expect } from 'chai';
import { beat, endBeat, noteDone, readSignsOfLife } from '../../../plugin/queue/heartbeats.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';

const START = Date.UTC(2026, 10, 25);
const seconds = (count: number): Date => new Date(START + count * 1_000);
const process = (owner: string) => ({ owner, version: '1.0.0', startedAt: seconds(0) });

for (const kind of storeKinds)
  describe(`heartbeats on ${kind}`, () => {
    let store: FreshStore;
    beforeEach(async () => {
      store = await freshStore(kind);
    });
    afterEach(() => store.drop());

    const running = async (count: number) => (await readSignsOfLife(store.database, seconds(count))).running;

    it('count replicas that told within 90 s that they run', async () => {
      expect(await running(0)).to.equal(0);
      await beat(store.database, process('start:1'), seconds(0));
      await beat(store.database, process('start:2'), seconds(0));
      await beat(store.database, process('start:2'), seconds(60));
      expect(await running(60)).to.equal(2);
      expect(await running(89)).to.equal(2);
      expect(await running(91)).to.equal(1);
      expect(await running(151)).to.equal(0);
      expect((await readSignsOfLife(store.database, seconds(500))).lastSeenAt).to.equal(seconds(60).getTime());
    });

    it('end at once with a process that stops', async () => {
      await beat(store.database, process('start:1'), seconds(0));
      await endBeat(store.database, 'start:1', seconds(10));
      expect(await running(10)).to.equal(0);
    });

    it('are forgotten after a day', async () => {
      await beat(store.database, process('start:1'), seconds(0));
      await beat(store.database, process('start:2'), seconds(86_401));
      expect(await store.database('heartbeats').pluck('owner')).to.deep.equal(['start:2']);
    });

    it('stand beside the age of regular work', async () => {
      await noteDone(store.database, 'sync', seconds(1));
      await noteDone(store.database, 'sync', seconds(2));
      const { lastDone } = await readSignsOfLife(store.database, seconds(3));
      expect(lastDone).to.deep.equal({ reconcile: null, sync: seconds(2).getTime() });
    });
  });

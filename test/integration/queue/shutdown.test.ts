import { once } from 'node:events';
import { expect } from 'chai';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { listItems } from '../../../plugin/queue/items.ts';
import { gate, QueueBench } from '../../support/queue-bench.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`work at a shutdown on ${kind}`, () => {
    let bench: QueueBench;
    before(async () => {
      bench = await QueueBench.open(kind);
    });
    after(() => bench.close());
    beforeEach(() => bench.reset());

    it('begun by the look that is under way at the shutdown is waited for too', async () => {
      bench.useRealTime();
      await bench.mark('chore', 'late', new Date());
      const claimed = gate();
      const claiming = gate();
      bench.database.on('query', ({ sql }: { sql: string }) => {
        if (/^with/i.test(sql)) claiming.open();
      });
      const run = async (): Promise<void> => {
        claimed.open();
        await new Promise((resolve) => setTimeout(resolve, 50));
      };
      const hands = bench.worker({ chore: bench.handler(run) });
      hands.start();
      await claiming.passed;
      await hands.stop(5_000);
      await claimed.passed;
      expect(bench.done).to.deep.equal(['late']);
      expect(await listItems(bench.database)).to.deep.equal([]);
    });

    it('left at the end of the drain is aborted, and the shutdown waits for it to end', async () => {
      bench.useRealTime();
      await bench.mark('chore', 'long', new Date());
      const begun = gate();
      let ended = false;
      const run = async (_key: string, signal: AbortSignal): Promise<void> => {
        begun.open();
        await once(signal, 'abort');
        await bench.database('queue_items').select('key');
        ended = true;
        signal.throwIfAborted();
      };
      const hands = bench.worker({ chore: bench.handler(run) });
      hands.start();
      await begun.passed;
      await hands.stop(10);
      expect(ended).to.equal(true);
      const { due_at } = (await bench.row('long')) ?? {};
      expect(due_at).to.be.a('number');
      expect(await bench.row('long')).to.include({ lease_owner: null, failing_since: null, attempts: 0 });
    });

    it('is waited for on shutdown, and what does not end in time goes back for others', async () => {
      bench.useRealTime();
      await bench.mark('chore', 'quick', new Date());
      await bench.mark('chore', 'slow', new Date());
      const doors = { quick: gate(), slow: gate() };
      const hands = bench.worker({
        chore: bench.handler((key) => (key === 'quick' ? doors.quick : doors.slow).passed),
      });
      hands.start();
      await waitFor('both to be taken', async () =>
        (await listItems(bench.database)).every(({ lease_owner }) => lease_owner),
      );
      const stopping = hands.stop(300);
      doors.quick.open();
      await stopping;
      expect(bench.done).to.deep.equal(['quick']);
      expect(await bench.row('slow')).to.include({ lease_owner: null, lease_until: null });
      expect((await bench.row('slow'))?.due_at).to.be.a('number');
      await bench.mark('chore', 'after', new Date());
      expect((await bench.row('after'))?.lease_owner).to.equal(null);
      doors.slow.open();
    });
  });
}

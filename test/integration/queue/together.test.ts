import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { gate, QueueBench } from '../../support/queue-bench.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`work of a kind of which several items are one run, on ${kind}`, () => {
    let bench: QueueBench;
    before(async () => {
      bench = await QueueBench.open(kind);
    });
    beforeEach(() => bench.reset());
    after(() => bench.close());

    const markAll = async (keys: readonly string[]): Promise<void> => {
      for (const key of keys) await bench.mark('chore', key);
    };

    it('is done by as few runs as it takes, and is gone afterwards', async () => {
      const runs: number[] = [];
      await markAll(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
      const chore = bench.grouped(async (keys) => {
        runs.push(keys.length);
        return new Map();
      });
      await bench.worker({ chore }).drain();
      expect(runs).to.deep.equal([5, 2]);
      expect(bench.done.toSorted()).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
      expect(await bench.row('a')).to.equal(undefined);
    });

    it('keeps only what failed, with its own error, to be tried again', async () => {
      await markAll(['a', 'bad', 'c']);
      await bench.worker({ chore: bench.grouped(async () => new Map([['bad', new Error('out of paper')]])) }).drain();
      expect(bench.done.toSorted()).to.deep.equal(['a', 'c']);
      expect(await bench.row('bad')).to.include({ last_error: 'out of paper', attempts: 1, lease_owner: null });
      expect(await bench.row('a')).to.equal(undefined);
    });

    it('is done one by one when one item stops a run of several', async () => {
      await markAll(['a', 'poisoned', 'c']);
      const chore = bench.grouped(async (keys) => {
        if (keys.includes('poisoned')) throw new Error('it is poisoned');
        return new Map();
      });
      await bench.worker({ chore }).drain();
      expect(bench.done.toSorted()).to.deep.equal(['a', 'c']);
      expect((await bench.row('poisoned'))?.last_error).to.equal('it is poisoned');
    });

    it('is not tried one by one when what all of them need is away', async () => {
      await markAll(['a', 'b', 'c']);
      let runs = 0;
      const chore = bench.grouped(
        async () => {
          runs += 1;
          throw new ToolUnavailable('the tool is away');
        },
        { needs: ['tool'] },
      );
      await bench.worker({ chore }).drain();
      expect(runs).to.equal(1);
      for (const key of ['a', 'b', 'c']) expect((await bench.row(key))?.last_error).to.equal('the tool is away');
    });

    it('that was marked again meanwhile is done again', async () => {
      await markAll(['a', 'b']);
      const runs: string[][] = [];
      const chore = bench.grouped(async (keys) => {
        runs.push(keys.toSorted());
        if (runs.length === 1) await bench.mark('chore', 'b');
        return new Map();
      });
      await bench.worker({ chore }).drain();
      expect(runs).to.deep.equal([['a', 'b'], ['b']]);
    });

    it('of counting waits while a backlog of deliveries may end access', async () => {
      let isBehind = true;
      await bench.mark('count', 'c');
      const count = bench.handler(async () => undefined, { group: 'count' });
      const worker = bench.worker({ count }, { countsWait: () => isBehind });
      await worker.drain();
      expect(bench.done).to.deep.equal([]);
      isBehind = false;
      await worker.drain();
      expect(bench.done).to.deep.equal(['c']);
    });

    it('of counting waits until the access that is under way has ended', async () => {
      const door = gate();
      await bench.mark('access', 'a');
      const handlers = {
        access: bench.handler(() => door.passed, { group: 'access' }),
        count: bench.handler(async () => undefined, { group: 'count' }),
      };
      const worker = bench.worker(handlers);
      const drained = worker.drain();
      while ((await bench.row('a'))?.lease_owner === null) await new Promise((resolve) => setImmediate(resolve));
      await bench.mark('count', 'c');
      const looked = Promise.withResolvers<void>();
      bench.database.once('query-response', () => looked.resolve());
      const drainedToo = worker.drain();
      await looked.promise;
      for (let read = 0; read < 20; read += 1) expect((await bench.row('c'))?.lease_owner).to.equal(null);
      expect(bench.done).to.deep.equal([]);
      door.open();
      await Promise.all([drained, drainedToo]);
      expect(bench.done).to.deep.equal(['a', 'c']);
    });
  });
}

import { expect } from 'chai';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { releaseLeases } from '../../../plugin/queue/items.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { gate, QueueBench } from '../../support/queue-bench.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`the lease of work on ${kind}`, () => {
    let bench: QueueBench;
    before(async () => {
      bench = await QueueBench.open(kind);
    });
    after(() => bench.close());
    beforeEach(() => bench.reset());

    it('is done by one of two replicas, whoever takes it', async () => {
      for (let index = 0; index < 40; index += 1) await bench.mark('chore', String(index));
      const second = openDatabase(bench.store.url);
      const chore = { chore: bench.handler(() => new Promise((resolve) => setTimeout(resolve, 2))) };
      await Promise.all([bench.worker(chore).drain(), bench.worker(chore, { database: second }).drain()]);
      await second.destroy();
      expect(bench.done.sort()).to.deep.equal(Array.from({ length: 40 }, (_, index) => String(index)).sort());
    });

    it('of a replica that was killed is taken over when its lease has run out, within a minute', async () => {
      await bench.mark('chore', 'a');
      const door = gate();
      const killed = bench.worker({ chore: bench.handler(() => door.passed) });
      const draining = killed.drain();
      await waitFor('the work to be taken', async () => (await bench.row('a'))?.lease_owner === killed.owner);
      const survivor = bench.worker({ chore: bench.handler(async () => undefined) });
      await survivor.drain();
      expect(bench.done).to.deep.equal([]);
      bench.later(31_000);
      await survivor.drain();
      expect(bench.done).to.deep.equal(['a']);
      await bench.mark('chore', 'a', new Date(bench.clock.time.getTime() + 1));
      door.open();
      await draining;
      expect(await bench.row('a'), 'the one who was late takes nothing away').to.include({ lease_owner: null });
    });

    it('keeps its lease for as long as it goes on', async () => {
      bench.useRealTime();
      await bench.mark('chore', 'a', new Date());
      const door = gate();
      const hands = bench.worker({ chore: bench.handler(() => door.passed) }, { leaseSeconds: 0.3 });
      hands.start();
      await waitFor('the work to be taken', async () => (await bench.row('a'))?.lease_owner === hands.owner);
      const first = (await bench.row('a'))?.lease_until ?? 0;
      await waitFor(
        'the lease to be extended twice',
        async () => ((await bench.row('a'))?.lease_until ?? 0) > first + 200,
      );
      const other = bench.worker({ chore: bench.handler(async () => undefined) });
      await other.drain();
      expect(bench.done).to.deep.equal([]);
      door.open();
      await waitFor('the work to be done', async () => (await bench.row('a')) === undefined);
      expect(bench.done).to.deep.equal(['a']);
    });

    it('whose outcome could not be recorded is not held by a process that is busy with other work', async () => {
      bench.useRealTime();
      await bench.mark('chore', 'lost', new Date());
      const door = gate();
      const hands = bench.worker(
        { chore: bench.handler((key) => (key === 'lost' ? Promise.resolve() : door.passed)) },
        { leaseSeconds: 0.3 },
      );
      hands.start();
      await waitFor('it to be done', () => bench.done.includes('lost'));
      await bench.mark('chore', 'long', new Date());
      await waitFor('the other to be taken', async () => (await bench.row('long'))?.lease_owner === hands.owner);
      const lease = { lease_owner: hands.owner, lease_until: Date.now() + 300, due_at: null };
      await bench.database('queue_items').insert({ kind: 'chore', key: 'lost', requested_at: 1, ...lease });
      await waitFor('it to be done again', () => bench.done.filter((key) => key === 'lost').length === 2, 3_000);
      door.open();
    });

    it('of a dead `start` on this store can be set free by its name', async () => {
      await bench.mark('chore', 'a');
      await bench.database('queue_items').update({
        lease_owner: 'start:1:x',
        lease_until: bench.clock.time.getTime() + 30_000,
        due_at: null,
      });
      expect(await releaseLeases(bench.database, 'command:')).to.equal(0);
      expect(await releaseLeases(bench.database, 'start:')).to.equal(1);
      await bench.worker({ chore: bench.handler(async () => undefined) }).drain();
      expect(bench.done).to.deep.equal(['a']);
    });
  });
}

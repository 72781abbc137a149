import { once } from 'node:events';
import { expect } from 'chai';
import { pino } from 'pino';
import { z } from 'zod';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { listItems, nextItemAt, releaseLeases, retryItems } from '../../../plugin/queue/items.ts';
import { recordOutage } from '../../../plugin/queue/outages.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { gate, QueueBench } from '../../support/queue-bench.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`work on ${kind}`, () => {
    let bench: QueueBench;
    before(async () => {
      bench = await QueueBench.open(kind);
    });
    after(() => bench.close());
    beforeEach(() => bench.reset());

    it('is done when it is due, not before, and is gone afterwards', async () => {
      await bench.mark('chore', 'now');
      await bench.mark('chore', 'later', new Date(bench.clock.time.getTime() + 60_000));
      const hands = bench.worker({ chore: bench.handler(async () => undefined) });
      await hands.drain();
      expect(bench.done).to.deep.equal(['now']);
      bench.later(60_000);
      await hands.drain();
      expect(bench.done).to.deep.equal(['now', 'later']);
      expect(await listItems(bench.database)).to.deep.equal([]);
    });

    it('marked twice is done once; marked while it is done, it is done again', async () => {
      await bench.mark('chore', 'a');
      await bench.mark('chore', 'a');
      const door = gate();
      const hands = bench.worker({ chore: bench.handler(() => door.passed) });
      const draining = hands.drain();
      await waitFor('the work to be taken', async () => (await bench.row('a'))?.lease_owner === hands.owner);
      await bench.mark('chore', 'a');
      door.open();
      await draining;
      expect(bench.done).to.deep.equal(['a', 'a']);
      expect(await listItems(bench.database)).to.deep.equal([]);
    });

    it('an earlier time wins over a later one', async () => {
      await bench.mark('chore', 'a', new Date(bench.clock.time.getTime() + 60_000));
      await bench.mark('chore', 'a', new Date(bench.clock.time.getTime() + 1_000));
      await bench.mark('chore', 'a', new Date(bench.clock.time.getTime() + 90_000));
      expect((await bench.row('a'))?.due_at).to.equal(bench.clock.time.getTime() + 1_000);
    });

    it('that fails is tried again later, ever more calmly, and shows its error meanwhile', async () => {
      await bench.mark('chore', 'a');
      let broken = true;
      const hands = bench.worker({
        chore: bench.handler(async () => {
          if (broken) throw new Error('no paper left');
        }),
      });
      const waits: number[] = [];
      for (let attempt = 0; attempt < 5; attempt += 1) {
        await hands.drain();
        const failing = await bench.row('a');
        expect(failing).to.include({ last_error: 'no paper left', attempts: attempt + 1, lease_owner: null });
        expect(failing?.failing_since).to.equal(Date.parse('2031-05-20T12:00:00Z'));
        const wait = (failing?.due_at ?? 0) - bench.clock.time.getTime();
        waits.push(wait);
        bench.later(wait);
      }
      expect(waits[0]).to.be.within(1_000, 2_000);
      expect(waits[4]).to.be.within(16_000, 32_000);
      broken = false;
      await hands.drain();
      expect(bench.done).to.deep.equal(['a']);
      expect(await listItems(bench.database)).to.deep.equal([]);
    });

    it('that fails for ever does not hold up the others of its kind', async () => {
      for (let index = 0; index < 3; index += 1) await bench.mark('chore', `poisoned ${index}`);
      for (let index = 0; index < 20; index += 1) await bench.mark('chore', `good ${index}`);
      const hands = bench.worker({
        chore: bench.handler(
          async (key) => {
            if (key.startsWith('poisoned')) throw new Error('it is poisoned');
          },
          { atOnce: 2 },
        ),
      });
      await hands.drain();
      expect(bench.done).to.have.length(20);
      expect((await listItems(bench.database)).map(({ key }) => key).sort()).to.deep.equal([
        'poisoned 0',
        'poisoned 1',
        'poisoned 2',
      ]);
    });

    it('that fails can be tried again by command at once', async () => {
      await bench.mark('chore', 'a');
      let broken = true;
      const hands = bench.worker({
        chore: bench.handler(async () => {
          if (broken) throw new Error('not yet');
        }),
      });
      await hands.drain();
      broken = false;
      await hands.drain();
      expect(bench.done).to.deep.equal([]);
      expect(await retryItems(bench.database, bench.clock.time, { kind: 'chore', key: 'a' })).to.equal(1);
      await hands.drain();
      expect(bench.done).to.deep.equal(['a']);
    });

    it('that never ends is given up after its limit, and its place is free again', async () => {
      await bench.mark('chore', 'hangs');
      await bench.mark('chore', 'works');
      const never = new Promise<void>(() => undefined);
      const signals: AbortSignal[] = [];
      const run = (key: string, signal: AbortSignal): Promise<void> => {
        signals.push(signal);
        return key === 'hangs' ? never : Promise.resolve();
      };
      await bench.worker({ chore: bench.handler(run, { atOnce: 1, timeLimitMs: 30 }) }).drain();
      expect(bench.done).to.deep.equal(['works']);
      expect((await bench.row('hangs'))?.last_error).to.match(/did not finish within/);
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, false]);
    });

    it('of a kind that nobody knows fails with what to do, is seen, and is not taken again at once', async () => {
      await bench.mark('from the future', 'a');
      await bench.mark('chore', 'b');
      const hands = bench.worker({ chore: bench.handler(async () => undefined) });
      await hands.drain();
      expect(bench.done).to.deep.equal(['b']);
      const row = await bench.row('a');
      expect(row?.last_error).to.match(/does not know this kind.*start that version again/);
      expect(row).to.include({ attempts: 1, lease_owner: null, failing_since: bench.clock.time.getTime() });
      expect((await nextItemAt(bench.database))?.getTime()).to.be.above(bench.clock.time.getTime());
    });

    it('whose detail cannot be read fails with what to do, and runs nothing', async () => {
      const detail = z.object({ cause: z.literal('none of ours') });
      for (const key of ['of another shape', 'no JSON']) await bench.mark('chore', key);
      await bench.database('queue_items').where({ key: 'no JSON' }).update({ detail: '{' });
      await bench.worker({ chore: bench.handler(async () => undefined, { detail }) }).drain();
      expect(bench.done).to.deep.equal([]);
      for (const key of ['of another shape', 'no JSON']) {
        expect((await bench.row(key))?.last_error).to.match(/detail cannot be read: .*reconcile/s);
      }
    });

    it('of counting waits until no access is due, and access waits for nothing', async () => {
      for (const key of ['c1', 'c2', 'c3']) await bench.mark('count', key);
      for (let index = 0; index < 9; index += 1) await bench.mark('access', `a${index}`);
      const handlers = {
        count: bench.handler(async () => undefined, { group: 'count' }),
        access: bench.handler(async () => undefined, { group: 'access', needs: ['tool'], atOnce: 2 }),
      };
      await bench.worker(handlers).drain();
      expect(bench.done.slice(0, 9).every((key) => key.startsWith('a'))).to.equal(true);
      expect(bench.done.slice(9).sort()).to.deep.equal(['c1', 'c2', 'c3']);
    });

    it('of counting does not wait for access that waits for the tool', async () => {
      const retry_at = bench.clock.time.getTime() + 60_000;
      await recordOutage(bench.database, { dependency: 'tool', since: 1, error: 'away', retry_at });
      await bench.mark('access', 'a');
      await bench.mark('count', 'c');
      const handlers = {
        count: bench.handler(async () => undefined, { group: 'count' }),
        access: bench.handler(async () => undefined, { group: 'access', needs: ['tool'] }),
      };
      await bench.worker(handlers).drain();
      expect(bench.done).to.deep.equal(['c']);
    });

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

    it('is done by one of two replicas, whoever takes it', async () => {
      for (let index = 0; index < 40; index += 1) await bench.mark('chore', String(index));
      const second = openDatabase(bench.store.url);
      const chore = { chore: bench.handler(() => new Promise((resolve) => setTimeout(resolve, 2))) };
      await Promise.all([bench.worker(chore).drain(), bench.worker(chore, { database: second }).drain()]);
      await second.destroy();
      expect(bench.done.sort()).to.deep.equal(Array.from({ length: 40 }, (_, index) => String(index)).sort());
    });

    it('never takes more than its places at once', async () => {
      for (let index = 0; index < 12; index += 1) await bench.mark('chore', String(index));
      let running = 0;
      let most = 0;
      const chore = bench.handler(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
      });
      await bench.worker({ chore: { ...chore, atOnce: 3 } }).drain();
      expect(most).to.equal(3);
      expect(bench.done).to.have.length(12);
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

    it('goes on by itself once the store works again, and what was wrong is said once, not with every look', async () => {
      bench.useRealTime();
      const said: string[] = [];
      const log = pino(
        { level: 'info' },
        { write: (line) => said.push(z.object({ msg: z.string() }).parse(JSON.parse(line)).msg) },
      );
      let looks = 0;
      bench.database.on('query', ({ sql }: { sql: string }) => {
        if (sql.includes('queue_items')) looks += 1;
      });
      await bench.database.schema.renameTable('queue_items', 'queue_items_away');
      const hands = bench.worker({ chore: bench.handler(async () => undefined) }, { log });
      hands.start();
      await waitFor('several looks in vain', () => {
        hands.wake();
        return looks >= 4;
      });
      await bench.database.schema.renameTable('queue_items_away', 'queue_items');
      await bench.mark('chore', 'waiting', new Date());
      await waitFor('it to be done', () => bench.done.includes('waiting'));
      expect(said).to.deep.equal(['the store does not work; retrying', 'the store works again']);
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

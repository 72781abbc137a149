import { expect } from 'chai';
import { pino } from 'pino';
import { z } from 'zod';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { listItems, nextItemAt, retryItems } from '../../../plugin/queue/items.ts';
import { recordOutage } from '../../../plugin/queue/outages.ts';
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
  });
}

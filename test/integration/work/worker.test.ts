import { expect } from 'chai';
import { pino } from 'pino';
import { ToolUnavailable } from '../../../adapters/tool.ts';
import { waitFor } from '../../../plugin/demo/wait-for.ts';
import { OpenTrainUnavailable } from '../../../plugin/opentrain/errors.ts';
import { type Database, openDatabase } from '../../../plugin/store/database.ts';
import { type DeliveryRow, latestDeliveries, storeDeliveries } from '../../../plugin/store/deliveries.ts';
import { allOutages } from '../../../plugin/store/outages.ts';
import { listWork, markDue, releaseLeases, retryWork, type WorkRow } from '../../../plugin/store/work.ts';
import type { Handler } from '../../../plugin/work/do-work.ts';
import { Worker, type WorkerOptions } from '../../../plugin/work/worker.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';

/** A door that work waits at until the test opens it. */
function gate(): { open: () => void; passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, passed: promise };
}

for (const kind of storeKinds) {
  describe(`work on ${kind}`, () => {
    let store: FreshStore;
    let database: Database;
    let clock: { time: Date; now: () => Date };
    let done: string[];
    const workers: Worker[] = [];
    before(async () => {
      store = await freshStore(kind);
      database = store.database;
    });
    after(() => store.drop());
    beforeEach(async () => {
      for (const table of ['work', 'deliveries', 'outages']) await database(table).delete();
      clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
      done = [];
    });
    afterEach(async () => {
      for (const worker of workers.splice(0)) await worker.stop(5_000);
    });

    const later = (milliseconds: number): void => {
      clock.time = new Date(clock.time.getTime() + milliseconds);
    };
    const mark = (kind: string, key: string, dueAt = clock.time): Promise<void> =>
      markDue(database, { kind, key, dueAt, detail: { cause: 'test' } }, clock.time);
    const handler = (run: Handler['run'], change: Partial<Handler> = {}): Handler => ({
      needs: [],
      atOnce: 4,
      run: async (key, detail) => {
        await run(key, detail);
        done.push(key);
      },
      ...change,
    });
    const worker = (handlers: Record<string, Handler>, options: Partial<WorkerOptions> = {}): Worker => {
      const applyDeliveries = async (): Promise<void> => undefined;
      const log = pino({ level: 'silent' });
      const made = new Worker({ database, clock, log, handlers, applyDeliveries, role: 'start', ...options });
      workers.push(made);
      return made;
    };
    const row = async (key: string): Promise<WorkRow | undefined> =>
      (await listWork(database)).find((candidate) => candidate.key === key);

    it('is done when it is due, not before, and is gone afterwards', async () => {
      await mark('chore', 'now');
      await mark('chore', 'later', new Date(clock.time.getTime() + 60_000));
      const hands = worker({ chore: handler(async () => undefined) });
      await hands.drain();
      expect(done).to.deep.equal(['now']);
      later(60_000);
      await hands.drain();
      expect(done).to.deep.equal(['now', 'later']);
      expect(await listWork(database)).to.deep.equal([]);
    });

    it('marked twice is done once; marked while it is done, it is done again', async () => {
      await mark('chore', 'a');
      await mark('chore', 'a');
      const door = gate();
      const hands = worker({ chore: handler(() => door.passed) });
      const draining = hands.drain();
      await waitFor('the work to be taken', async () => (await row('a'))?.lease_owner === hands.owner);
      await mark('chore', 'a');
      door.open();
      await draining;
      expect(done).to.deep.equal(['a', 'a']);
      expect(await listWork(database)).to.deep.equal([]);
    });

    it('an earlier time wins over a later one', async () => {
      await mark('chore', 'a', new Date(clock.time.getTime() + 60_000));
      await mark('chore', 'a', new Date(clock.time.getTime() + 1_000));
      await mark('chore', 'a', new Date(clock.time.getTime() + 90_000));
      expect((await row('a'))?.due_at).to.equal(clock.time.getTime() + 1_000);
    });

    it('that fails is tried again later, ever more calmly, and shows its error meanwhile', async () => {
      await mark('chore', 'a');
      let broken = true;
      const hands = worker({
        chore: handler(async () => {
          if (broken) throw new Error('no paper left');
        }),
      });
      const waits: number[] = [];
      for (let attempt = 0; attempt < 5; attempt += 1) {
        await hands.drain();
        const failing = await row('a');
        expect(failing).to.include({ last_error: 'no paper left', attempts: attempt + 1, lease_owner: null });
        expect(failing?.failing_since).to.equal(Date.parse('2031-05-20T12:00:00Z'));
        const wait = (failing?.due_at ?? 0) - clock.time.getTime();
        waits.push(wait);
        later(wait);
      }
      expect(waits[0]).to.be.within(1_000, 2_000);
      expect(waits[4]).to.be.within(16_000, 32_000);
      broken = false;
      await hands.drain();
      expect(done).to.deep.equal(['a']);
      expect(await listWork(database)).to.deep.equal([]);
    });

    it('that fails for ever does not hold up the others of its kind', async () => {
      for (let index = 0; index < 3; index += 1) await mark('chore', `poisoned ${index}`);
      for (let index = 0; index < 20; index += 1) await mark('chore', `good ${index}`);
      const hands = worker({
        chore: handler(
          async (key) => {
            if (key.startsWith('poisoned')) throw new Error('it is poisoned');
          },
          { atOnce: 2 },
        ),
      });
      await hands.drain();
      expect(done).to.have.length(20);
      expect((await listWork(database)).map(({ key }) => key).sort()).to.deep.equal([
        'poisoned 0',
        'poisoned 1',
        'poisoned 2',
      ]);
    });

    it('that fails can be tried again by command at once', async () => {
      await mark('chore', 'a');
      let broken = true;
      const hands = worker({
        chore: handler(async () => {
          if (broken) throw new Error('not yet');
        }),
      });
      await hands.drain();
      broken = false;
      await hands.drain();
      expect(done).to.deep.equal([]);
      expect(await retryWork(database, clock.time, { kind: 'chore', key: 'a' })).to.equal(1);
      await hands.drain();
      expect(done).to.deep.equal(['a']);
    });

    it('that never ends is given up after its limit, and its place is free again', async () => {
      await mark('chore', 'hangs');
      await mark('chore', 'works');
      const never = new Promise<void>(() => undefined);
      const run = (key: string): Promise<void> => (key === 'hangs' ? never : Promise.resolve());
      await worker({ chore: handler(run, { atOnce: 1, timeLimitMs: 30 }) }).drain();
      expect(done).to.deep.equal(['works']);
      expect((await row('hangs'))?.last_error).to.match(/did not finish within/);
    });

    it('is done by one of two replicas, whoever takes it', async () => {
      for (let index = 0; index < 40; index += 1) await mark('chore', String(index));
      const second = openDatabase(store.url);
      const chore = { chore: handler(() => new Promise((resolve) => setTimeout(resolve, 2))) };
      await Promise.all([worker(chore).drain(), worker(chore, { database: second }).drain()]);
      await second.destroy();
      expect(done.sort()).to.deep.equal(Array.from({ length: 40 }, (_, index) => String(index)).sort());
    });

    it('never takes more than its places at once', async () => {
      for (let index = 0; index < 12; index += 1) await mark('chore', String(index));
      let running = 0;
      let most = 0;
      const chore = handler(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
      });
      await worker({ chore: { ...chore, atOnce: 3 } }).drain();
      expect(most).to.equal(3);
      expect(done).to.have.length(12);
    });

    it('of a replica that was killed is taken over when its lease has run out, within a minute', async () => {
      await mark('chore', 'a');
      const door = gate();
      const killed = worker({ chore: handler(() => door.passed) });
      const draining = killed.drain();
      await waitFor('the work to be taken', async () => (await row('a'))?.lease_owner === killed.owner);
      const survivor = worker({ chore: handler(async () => undefined) });
      await survivor.drain();
      expect(done).to.deep.equal([]);
      later(31_000);
      await survivor.drain();
      expect(done).to.deep.equal(['a']);
      await mark('chore', 'a', new Date(clock.time.getTime() + 1));
      door.open();
      await draining;
      expect(await row('a'), 'the one who was late takes nothing away').to.include({ lease_owner: null });
    });

    it('keeps its lease for as long as it goes on', async () => {
      clock.now = () => new Date();
      await mark('chore', 'a', new Date());
      const door = gate();
      const hands = worker({ chore: handler(() => door.passed) }, { leaseSeconds: 0.3 });
      hands.start();
      await waitFor('the work to be taken', async () => (await row('a'))?.lease_owner === hands.owner);
      const first = (await row('a'))?.lease_until ?? 0;
      await waitFor('the lease to be extended twice', async () => ((await row('a'))?.lease_until ?? 0) > first + 200);
      const other = worker({ chore: handler(async () => undefined) });
      await other.drain();
      expect(done).to.deep.equal([]);
      door.open();
      await waitFor('the work to be done', async () => (await row('a')) === undefined);
      expect(done).to.deep.equal(['a']);
    });

    it('whose outcome could not be recorded is not held by a process that is busy with other work', async () => {
      clock.now = () => new Date();
      await mark('chore', 'lost', new Date());
      const door = gate();
      const hands = worker(
        { chore: handler((key) => (key === 'lost' ? Promise.resolve() : door.passed)) },
        { leaseSeconds: 0.3 },
      );
      hands.start();
      await waitFor('it to be done', () => done.includes('lost'));
      await mark('chore', 'long', new Date());
      await waitFor('the other to be taken', async () => (await row('long'))?.lease_owner === hands.owner);
      const lease = { lease_owner: hands.owner, lease_until: Date.now() + 300, due_at: null };
      await database('work').insert({ kind: 'chore', key: 'lost', requested_at: 1, ...lease });
      await waitFor('it to be done again', () => done.filter((key) => key === 'lost').length === 2, 3_000);
      door.open();
    });

    it('is waited for on shutdown, and what does not end in time goes back for others', async () => {
      clock.now = () => new Date();
      await mark('chore', 'quick', new Date());
      await mark('chore', 'slow', new Date());
      const doors = { quick: gate(), slow: gate() };
      const hands = worker({ chore: handler((key) => (key === 'quick' ? doors.quick : doors.slow).passed) });
      hands.start();
      await waitFor('both to be taken', async () => (await listWork(database)).every(({ lease_owner }) => lease_owner));
      const stopping = hands.stop(300);
      doors.quick.open();
      await stopping;
      expect(done).to.deep.equal(['quick']);
      expect(await row('slow')).to.include({ lease_owner: null, lease_until: null });
      expect((await row('slow'))?.due_at).to.be.a('number');
      await mark('chore', 'after', new Date());
      expect((await row('after'))?.lease_owner).to.equal(null);
      doors.slow.open();
    });

    it('of a dead `start` on this store can be set free by its name', async () => {
      await mark('chore', 'a');
      await database('work').update({
        lease_owner: 'start:1:x',
        lease_until: clock.time.getTime() + 30_000,
        due_at: null,
      });
      expect(await releaseLeases(database, 'command:')).to.equal(0);
      expect(await releaseLeases(database, 'start:')).to.equal(1);
      await worker({ chore: handler(async () => undefined) }).drain();
      expect(done).to.deep.equal(['a']);
    });

    describe('while something is down', () => {
      const outage = new ToolUnavailable('the tool is down');
      let tries: number;
      let down: boolean;
      let chores: Record<string, Handler>;
      beforeEach(() => {
        tries = 0;
        down = true;
        const useTool = async (): Promise<void> => {
          tries += 1;
          if (down) throw outage;
        };
        chores = {
          tool: handler(useTool, { needs: ['tool'] }),
          'tool too': handler(useTool, { needs: ['tool', 'opentrain'] }),
          other: handler(async () => undefined, { needs: ['opentrain'] }),
        };
      });

      it('its work waits, other work goes on, and what waits for what can be read', async () => {
        for (let index = 0; index < 50; index += 1) await mark('tool', `t${index}`);
        for (let index = 0; index < 5; index += 1) await mark('other', `o${index}`);
        await worker(chores).drain();
        expect(done.sort()).to.deep.equal(['o0', 'o1', 'o2', 'o3', 'o4']);
        expect(tries, 'not every piece was tried').to.be.below(10);
        const [open, ...others] = await allOutages(database);
        expect(others).to.deep.equal([]);
        expect(open).to.include({ dependency: 'tool', error: 'the tool is down', since: clock.time.getTime() });
      });

      it('a single failure is no outage', async () => {
        await mark('tool', 'once');
        await worker(chores).drain();
        expect(tries).to.equal(1);
        expect(await allOutages(database)).to.deep.equal([]);
        expect((await row('once'))?.attempts).to.equal(1);
      });

      it('one piece of work at a time tries, less and less often, in all replicas together', async () => {
        for (let index = 0; index < 50; index += 1) await mark('tool', `t${index}`);
        const replicas = [worker(chores), worker(chores)];
        for (const replica of replicas) await replica.drain();
        const hourly: number[] = [];
        for (let hour = 0; hour < 2; hour += 1) {
          const before = tries;
          for (let second = 0; second < 3_600; second += 20) {
            later(20_000);
            await Promise.all(replicas.map((replica) => replica.drain()));
          }
          hourly.push(tries - before);
        }
        expect(hourly[0]).to.be.within(20, 130);
        expect(hourly[1]).to.be.within(20, 130);
      });

      it('all of it is caught up with as soon as one try gets through', async () => {
        for (let index = 0; index < 50; index += 1) await mark('tool', `t${index}`);
        await mark('tool too', 'both');
        const hands = worker(chores);
        await hands.drain();
        down = false;
        await hands.drain();
        expect(done).to.deep.equal([]);
        later(90_000);
        await hands.drain();
        expect(done).to.have.length(51);
        expect(await allOutages(database)).to.deep.equal([]);
      });

      it('a try whose replica died is made by another one', async () => {
        for (let index = 0; index < 8; index += 1) await mark('tool', `t${index}`);
        await worker(chores).drain();
        await database('outages').update({ retry_at: clock.time.getTime() + 90_000 });
        down = false;
        later(91_000);
        await worker(chores).drain();
        expect(done).to.have.length(8);
      });

      it('a poisoned piece does not keep the dependency down once it answers', async () => {
        for (let index = 0; index < 8; index += 1) await mark('tool', `t${index}`);
        const hands = worker(chores);
        await hands.drain();
        chores.tool = handler(
          async (key) => {
            if (key !== 't7') throw new Error('it is poisoned');
          },
          { needs: ['tool'] },
        );
        later(90_000);
        await worker(chores).drain();
        expect(done).to.deep.equal(['t7']);
        expect(await allOutages(database)).to.deep.equal([]);
      });

      it('it is left alone for as long as it asked', async () => {
        chores.other = handler(
          async () => {
            tries += 1;
            throw new OpenTrainUnavailable('GET /contracts', 'slow down', { retryAfterMs: 1_800_000 });
          },
          { needs: ['opentrain'] },
        );
        for (let index = 0; index < 10; index += 1) await mark('other', `o${index}`);
        const hands = worker(chores);
        await hands.drain();
        const before = tries;
        for (let minute = 0; minute < 29; minute += 1) {
          later(60_000);
          await hands.drain();
        }
        expect(tries).to.equal(before);
        later(120_000);
        await hands.drain();
        expect(tries).to.equal(before + 1);
      });
    });

    describe('of the inbox', () => {
      const fill = async (count: number): Promise<void> => {
        const deliveries = Array.from({ length: count }, (_, index) => ({
          id: `d${index}`,
          eventId: String(1_000 - index),
          eventType: 'x',
          body: '{}',
          headers: {},
          receivedAt: clock.now(),
        }));
        await storeDeliveries(database, deliveries);
      };
      const finish = async (rows: readonly DeliveryRow[]): Promise<void> => {
        for (const { id } of rows) await database('deliveries').where({ id }).update({ finished_at: 1, due_at: null });
      };

      it('is handed over in the order in which things happened', async () => {
        await fill(12);
        const seen: string[] = [];
        const applyDeliveries = async (rows: readonly DeliveryRow[]): Promise<void> => {
          seen.push(...rows.map(({ event_id }) => event_id));
          await finish(rows);
        };
        await worker({}, { applyDeliveries }).drain();
        expect(seen).to.deep.equal(seen.toSorted((a, b) => Number(a) - Number(b)));
        expect(seen).to.have.length(12);
      });

      it('is taken again at once when the store failed while it was worked off', async () => {
        clock.now = () => new Date();
        await fill(3);
        let failures = 1;
        const applyDeliveries = async (rows: readonly DeliveryRow[]): Promise<void> => {
          failures -= 1;
          if (failures >= 0) throw new Error('the store went away');
          await finish(rows);
        };
        worker({}, { applyDeliveries }).start();
        await waitFor('all to be worked off', async () =>
          (await latestDeliveries(database, 10)).every(({ finished_at }) => finished_at !== null),
        );
      });

      it('gives way to deliveries that arrive, but only for a moment', async () => {
        await fill(1);
        const startedAt = performance.now();
        await worker({}, { applyDeliveries: finish, receiving: () => true }).drain();
        expect((await latestDeliveries(database, 1))[0]?.finished_at).to.equal(1);
        expect(performance.now() - startedAt).to.be.below(4_000);
      });
    });
  });
}

import { expect } from 'chai';
import { claimItems, markDue } from '../../../plugin/queue/items.ts';
import { takeSlot } from '../../../plugin/queue/schedule-slots.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { takeInstanceLock } from '../../../plugin/store/instance-lock.ts';
import { serialized } from '../../../plugin/store/serialize.ts';
import { startChild } from '../../support/child.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('a SQLite store that several processes use', () => {
  let store: FreshStore;
  beforeEach(async () => {
    store = await freshStore('sqlite');
  });
  afterEach(() => store.drop());

  it('keeps the process free while another one writes, and writes as soon as it may', async () => {
    const other = openDatabase(store.url);
    const holding = await other.transaction();
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 10);
    const writing = store.database('counters').insert({ name: 'a', count: 1, last_at: 1 });
    const written = writing.then(() => 'written');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(ticks, 'the event loop turned meanwhile').to.be.greaterThan(10);
    await holding.commit();
    expect(await written).to.equal('written');
    clearInterval(timer);
    await other.destroy();
  });

  it('keeps the process free for others during a long row of statements', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    for (let index = 0; index < 2_000; index += 1) await store.database('counters').select('*');
    longest = Math.max(longest, performance.now() - last);
    clearInterval(timer);
    expect(longest).to.be.below(200);
  });

  it('can be read while another process writes', async () => {
    const other = openDatabase(store.url);
    const holding = await other.transaction();
    await holding('counters').insert({ name: 'a', count: 1, last_at: 1 });
    expect(await store.database('counters').select('*')).to.deep.equal([]);
    await holding.commit();
    expect(await store.database('counters').select('*')).to.have.length(1);
    await other.destroy();
  });

  it('gives up after a while when another process never lets go', async function () {
    this.timeout(20_000);
    const other = openDatabase(store.url);
    const holding = await other.transaction();
    const error = await thrownBy(
      Promise.resolve(store.database('counters').insert({ name: 'a', count: 1, last_at: 1 })),
    );
    expect(error.message).to.match(/locked/);
    await holding.rollback();
    await other.destroy();
  });

  it('hands each piece of work to one of several processes', async function () {
    this.timeout(30_000);
    for (let index = 0; index < 60; index += 1)
      await markDue(store.database, { kind: 'notice', key: String(index) }, new Date());
    const code = `
      import { openDatabase } from '#plugin/store/database.ts';
      import { claimItems, finishItems } from '#plugin/queue/items.ts';
      const database = openDatabase(${JSON.stringify(store.url)});
      for (;;) {
        const rows = await claimItems(database, { owner: String(process.pid), now: new Date(), leaseMs: 60_000, limit: 2 });
        if (rows.length === 0) break;
        for (const row of rows) {
          console.log(row.key);
          await finishItems(database, [row]);
        }
      }
      await database.destroy();`;
    const children = await Promise.all([startChild(code).ended, startChild(code).ended, startChild(code).ended]);
    expect(children.map(({ errors }) => errors).join('')).to.equal('');
    const keys = children.flatMap(({ output }) => output.trim().split('\n')).filter(Boolean);
    expect(keys.map(Number).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 60 }, (_, index) => index));
  });

  it('is locked by one `start`, and free again however that one ends', async function () {
    this.timeout(20_000);
    const holder = startChild(`
      import { takeInstanceLock } from '#plugin/store/instance-lock.ts';
      const unlock = takeInstanceLock(${JSON.stringify(store.url)});
      console.log('locked');
      setTimeout(unlock, 60_000);`);
    await holder.line('locked');
    expect(() => takeInstanceLock(store.url)).to.throw(/Another `opentrain-plugin start` runs on the store/);
    holder.process.kill('SIGKILL');
    await holder.ended;
    takeInstanceLock(store.url)();
    takeInstanceLock(store.url)();
  });

  it('on PostgreSQL needs no lock', () => {
    takeInstanceLock('postgres://postgres@127.0.0.1:5432/x')();
    takeInstanceLock('postgres://postgres@127.0.0.1:5432/x');
  });
});

for (const kind of storeKinds) {
  describe(`the store on ${kind}`, () => {
    let store: FreshStore;
    before(async () => {
      store = await freshStore(kind);
    });
    after(() => store.drop());

    it('lets one replica take a turn of the clock', async () => {
      const second = openDatabase(store.url);
      const slot = new Date('2031-05-20T03:30:00Z');
      const taken = await Promise.all(
        [store.database, second, store.database, second].map((database) => takeSlot(database, 'nightly', slot)),
      );
      expect(taken.filter(Boolean)).to.have.length(1);
      expect(await takeSlot(second, 'nightly', new Date('2031-05-21T03:30:00Z'))).to.equal(true);
      await second.destroy();
    });

    it('never overlaps two serialized transactions', async () => {
      const second = openDatabase(store.url);
      let inside = 0;
      let most = 0;
      const work = async (): Promise<void> => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
      };
      await Promise.all([store.database, second, store.database, second].map((database) => serialized(database, work)));
      expect(most).to.equal(1);
      await second.destroy();
    });

    it('hands out no more work than asked for', async () => {
      for (let index = 0; index < 20; index += 1)
        await markDue(store.database, { kind: 'notice', key: String(index) }, new Date());
      const claim = { owner: 'x', now: new Date(), leaseMs: 1_000, limit: 3 };
      expect(await claimItems(store.database, claim)).to.have.length(3);
    });
  });
}

describe('a serialized transaction on PostgreSQL', () => {
  it('is run again when PostgreSQL breaks a deadlock with another one', async function () {
    this.timeout(20_000);
    const store = await freshStore('postgres');
    const add = (name: string) => store.database('counters').insert({ name, count: 0, last_at: 0 });
    await add('a');
    await add('b');
    const touch = (database: typeof store.database, name: string) =>
      database('counters').where({ name }).increment('count', 1);
    let tries = 0;
    const one = serialized(store.database, async (transaction) => {
      tries += 1;
      await touch(transaction, 'a');
      await new Promise((resolve) => setTimeout(resolve, 100));
      await touch(transaction, 'b');
    });
    const other = store.database
      .transaction(async (transaction) => {
        await touch(transaction, 'b');
        await new Promise((resolve) => setTimeout(resolve, 150));
        await touch(transaction, 'a');
      })
      .catch(() => 'this one was ended instead');
    await Promise.all([one, other]);
    const rows = await store.database('counters').select('count').orderBy('name');
    const outcome = (await other) === undefined ? 2 : 1;
    expect(rows.map(({ count }: { count: number }) => count)).to.deep.equal([outcome, outcome]);
    expect(tries).to.be.at.most(2);
    await store.drop();
  });
});

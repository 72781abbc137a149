import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { AdminError } from '../../../plugin/errors.ts';
import { restore } from '../../../plugin/service/restore.ts';
import { backUp } from '../../../plugin/store/backup.ts';
import { copyStore, tablesOf } from '../../../plugin/store/copy-store.ts';
import { type Database, openDatabase } from '../../../plugin/store/database.ts';
import { migrate } from '../../../plugin/store/migrate.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';
import { rowsOf } from '../../support/store-rows.ts';
import { thrownBy } from '../../support/thrown.ts';

const NOW = new Date('2031-05-20T12:00:00Z');
const DAYS = 1_234;

/** Rows of every type of column: text with odd characters, times, booleans, counted ids, empty values. */
async function fill(database: Database): Promise<void> {
  const at = NOW.getTime();
  const odd = 'naïve “quotes”, \\backslash\\, 👩‍🔬, %_$1?';
  await database('trainers').insert({
    id: 'usr_1',
    display_name: odd,
    work_email: 'ada@opentrain.work',
    updated_at: at,
  });
  await database('installs').insert({
    id: 'inst_1',
    status: 'connected',
    scopes: '[]',
    pii_consent: true,
    token_fingerprint: 'f',
    connected_at: at,
    checked_at: at,
  });
  await database('access').insert([
    { trainer_id: 'usr_1', place: '*', state: 'active', owned: true, adopted: false, since: at },
    { trainer_id: 'usr_1', place: '7', state: 'revoked', owned: false, adopted: true, since: at },
  ]);
  const invitation = { trainer_id: 'usr_1', kind: 'join', created_at: at, expires_at: at + 1 };
  await database('invitations').insert([
    { id: 'used', ...invitation, state: 'used' },
    { id: 'open', ...invitation, state: 'open' },
  ]);
  for (let n = 0; n < 3; n += 1) await database('audit_log').insert({ at, cause: 'test', action: `number ${n}` });
  const days = Array.from({ length: DAYS }, (_value, n) => ({
    contract_id: `ctr_${n % 7}`,
    trainer_id: 'usr_1',
    work_date: new Date(at - n * 86_400_000).toISOString().slice(0, 10),
    total_seconds: n % 5 === 0 ? null : n,
    accepted_at: at,
  }));
  await database.batchInsert('usage_days', days, 200);
  await database('queue_items').insert([
    { kind: 'access', key: 'usr_1', requested_at: at, due_at: at },
    { kind: 'notice', key: '7', requested_at: at, due_at: at, lease_owner: 'start:1', lease_until: at },
  ]);
}

for (const from of storeKinds) {
  for (const to of storeKinds) {
    describe(`a store that moves from ${from} to ${to}`, () => {
      let [source, target]: FreshStore[] = [];
      before(async () => {
        [source, target] = [await freshStore(from), await freshStore(to)];
      });
      after(async () => {
        await source?.drop();
        await target?.drop();
      });

      it('has every row afterwards, goes on with its counted ids, and is not copied twice', async () => {
        if (!source || !target) throw new Error('no stores');
        await fill(source.database);
        const seen: number[] = [];
        const copied = await copyStore(source.database, target.database, { progress: (done) => seen.push(done) });
        expect(copied.find(({ table }) => table === 'usage_days')?.rows).to.equal(DAYS);
        expect(await rowsOf(target.database)).to.deep.equal(await rowsOf(source.database));
        expect(seen).to.deep.equal(seen.toSorted((a, b) => a - b));
        await target.database('audit_log').insert({ at: 1, cause: 'test', action: 'after' });
        const ids: number[] = await target.database('audit_log').orderBy('id').pluck('id');
        expect(ids.map(Number)).to.deep.equal([1, 2, 3, 4]);
        const again = await thrownBy(copyStore(source.database, target.database));
        expect(again).to.be.instanceOf(AdminError).with.property('message').that.includes('not empty');
      });
    });
  }
}

for (const kind of storeKinds) {
  describe(`a backup of a ${kind} store`, () => {
    let store: FreshStore;
    let folder: string;
    let file: string;
    before(async () => {
      store = await freshStore(kind);
      await fill(store.database);
      folder = mkdtempSync(join(tmpdir(), 'plugin-backup-'));
      file = join(folder, 'backup.sqlite3');
    });
    after(async () => {
      await store.drop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('is one file for its owner only, and holds the store of one moment while others write', async () => {
      let n = 0;
      let writing = true;
      const writer = (async () => {
        while (writing) {
          // Two rows that belong together: a backup has both or none.
          await store.database.transaction(async (transaction) => {
            await transaction('counters').insert({ name: `a${n}`, count: 1, last_at: 1 });
            await transaction('counters').insert({ name: `b${n}`, count: 1, last_at: 1 });
          });
          n += 1;
        }
      })();
      await backUp(store.database, file);
      writing = false;
      await writer;
      expect(statSync(file).mode & 0o077).to.equal(0);
      expect(existsSync(`${file}-wal`)).to.equal(false);
      const copy = openDatabase(`sqlite:${file}`);
      const names: string[] = await copy('counters').pluck('name');
      await copy.destroy();
      expect(names.filter((name) => name.startsWith('a')).length).to.equal(names.length / 2);
      expect(await thrownBy(backUp(store.database, file)), 'an existing file').to.be.instanceOf(AdminError);
    });

    it('is restored with used invitations used, open ones void, and a reconcile before any access', async () => {
      const target = await freshStore(kind);
      const backup = openDatabase(`sqlite:${file}`);
      await restore(backup, { database: target.database, clock: { now: () => NOW } });
      await backup.destroy();
      const states = await target.database('invitations').orderBy('id').select('id', 'state');
      expect(states.map(({ id, state }) => [id, state])).to.deep.equal([
        ['open', 'void'],
        ['used', 'used'],
      ]);
      const items: string[] = await target.database('queue_items').orderBy('kind').pluck('kind');
      expect(items).to.deep.equal(['notice', 'reconcile']);
      expect(await target.database('queue_items').whereNotNull('lease_owner')).to.deep.equal([]);
      await target.drop();
    });
  });
}

describe('a copy of a store', () => {
  it('keeps any text and any whole number', async () => {
    const [source, target] = [await freshStore('sqlite'), await freshStore('postgres')];
    const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '').toWellFormed());
    await fc.assert(
      fc.asyncProperty(text, fc.maxSafeInteger(), async (detail, count) => {
        for (const { database } of [source, target]) {
          for (const table of await tablesOf(database)) await database(table).delete();
        }
        await source.database('counters').insert({ name: 'n', count: 1, last_at: count, last_detail: detail });
        await copyStore(source.database, target.database);
        expect(await rowsOf(target.database)).to.deep.equal(await rowsOf(source.database));
      }),
      { numRuns: 10 },
    );
    await source.drop();
    await target.drop();
  });

  it('is refused between stores of two versions', async () => {
    const [source, target] = [await freshStore('sqlite'), openDatabase('sqlite:/tmp/unused-plugin.sqlite3')];
    await migrate(target, []).catch(() => undefined);
    const refused = await thrownBy(copyStore(source.database, target));
    expect(refused).to.be.instanceOf(AdminError).with.property('message').that.includes('different versions');
    await target.destroy();
    rmSync('/tmp/unused-plugin.sqlite3', { force: true });
    await source.drop();
  });
});

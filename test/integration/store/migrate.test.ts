import { expect } from 'chai';
import { migrations, type NamedMigration } from '../../../migrations/index.ts';
import { type Database, openDatabase } from '../../../plugin/store/database.ts';
import { migrate, schemaState } from '../../../plugin/store/migrate.ts';
import { startChild } from '../../support/child.ts';
import { emptyDatabase, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const names = migrations.map(({ name }) => name);

for (const kind of storeKinds) {
  describe(`migrations on ${kind}`, () => {
    let empty: Awaited<ReturnType<typeof emptyDatabase>>;
    let database: Database;
    beforeEach(async () => {
      empty = await emptyDatabase(kind);
      database = openDatabase(empty.url);
    });
    afterEach(async () => {
      await database.destroy();
      await empty.remove();
    });

    it('are applied once, in order, and not again', async () => {
      expect((await schemaState(database)).pending).to.deep.equal(names);
      expect(await migrate(database)).to.deep.equal(names);
      expect(await migrate(database)).to.deep.equal([]);
      expect(await schemaState(database)).to.deep.equal({ applied: names, pending: [], unknown: [] });
    });

    it('started by several processes at once are applied by one of them', async () => {
      const code = `
        import { openDatabase } from '#plugin/store/database.ts';
        import { migrate } from '#plugin/store/migrate.ts';
        const database = openDatabase(${JSON.stringify(empty.url)});
        console.log((await migrate(database)).length);
        await database.destroy();`;
      const children = await Promise.all(Array.from({ length: 4 }, () => startChild(code).ended));
      expect(children.map(({ errors }) => errors)).to.deep.equal(['', '', '', '']);
      const applied = children.map(({ output }) => Number(output)).sort((a, b) => a - b);
      expect(applied).to.deep.equal([0, 0, 0, names.length]);
    });

    it('of a newer version are refused, and nothing is changed', async () => {
      await migrate(database);
      await database('schema_migrations').insert({ name: '0099-from-the-future', applied_at: 1 });
      const error = await thrownBy(migrate(database));
      expect(error.message).to.match(/made by a newer version of the plugin: it has 0099-from-the-future/);
      expect((await schemaState(database)).unknown).to.deep.equal(['0099-from-the-future']);
    });

    it('leave an account that two trainers were recorded for with who has had it for longest, and block the other', async () => {
      await migrate(database, migrations.slice(0, names.indexOf('0010-accounts')));
      const trainers = ['newer', 'older', 'alone'];
      for (const id of trainers) {
        const account = id === 'alone' ? '8' : '7';
        await database('trainers').insert({
          id,
          work_email: `${id}@opentrain.work`,
          tool_user_id: account,
          updated_at: 1,
        });
        const since = id === 'older' ? 1_000 : 2_000;
        const access = { trainer_id: id, place: '*', state: 'active', since, owned: true, adopted: false };
        await database('access').insert(access);
      }
      await migrate(database);
      const tied = await database('trainers').orderBy('id').select('id', 'tool_user_id');
      expect(tied.map((row) => [row.id, row.tool_user_id])).to.deep.equal([
        ['alone', '8'],
        ['newer', null],
        ['older', '7'],
      ]);
      const rows = await database('access').orderBy('trainer_id').select('trainer_id', 'state', 'reason', 'remedy');
      expect(rows.map(({ trainer_id, state, reason }) => [trainer_id, state, reason])).to.deep.equal([
        ['alone', 'active', null],
        ['newer', 'blocked', 'account-not-ours'],
        ['older', 'active', null],
      ]);
      expect(rows[1]?.remedy).to.include('trainer older');
      const twice = database('trainers').where({ id: 'newer' }).update({ tool_user_id: '7' });
      expect((await thrownBy(Promise.resolve(twice))).message).to.match(/unique/i);
    });

    it('of this version are added to the store of an older one, and what was in it stays', async () => {
      await migrate(database, migrations.slice(0, 2));
      await database('deliveries').insert({
        id: 'd',
        event_id: '1',
        event_type: 'x',
        body: '{}',
        headers: '{}',
        received_at: 1,
      });
      expect(await migrate(database)).to.deep.equal(names.slice(2));
      expect(await database('deliveries').select('id')).to.have.length(1);
    });

    it('that fail half-way leave nothing behind', async () => {
      const broken: NamedMigration = {
        name: '0098-broken',
        async up(knex) {
          await knex.schema.createTable('half_done', (table) => table.text('id'));
          throw new Error('out of paper');
        },
        down: async () => undefined,
      };
      const error = await thrownBy(migrate(database, [...migrations, broken]));
      expect(error.message).to.match(/out of paper/);
      expect(await database.schema.hasTable('half_done')).to.equal(false);
      expect((await schemaState(database)).applied).to.deep.equal([]);
      expect(await migrate(database)).to.deep.equal(names);
    });

    it('whose process is killed half-way leave nothing behind, and the next start applies them', async () => {
      const child = startChild(`
        import { openDatabase } from '#plugin/store/database.ts';
        import { migrate } from '#plugin/store/migrate.ts';
        import { migrations } from '#plugin/../migrations/index.ts';
        const hang = { name: '0098-hang', async up(knex) {
          await knex.schema.createTable('half_done', (table) => table.text('id'));
          console.log('half-way');
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        }, async down() {} };
        await migrate(openDatabase(${JSON.stringify(empty.url)}), [...migrations, hang]);`);
      await child.line('half-way');
      child.process.kill('SIGKILL');
      await child.ended;
      expect(await migrate(database)).to.deep.equal(names);
      expect(await database.schema.hasTable('half_done')).to.equal(false);
    });
  });
}

describe('a store that is not there', () => {
  it('is told with what to check', async () => {
    const database = openDatabase('postgres://postgres@127.0.0.1:1/none');
    const error = await thrownBy(migrate(database));
    expect(error.message).to.match(/The store named by DATABASE_URL cannot be used/);
    expect(error)
      .to.have.property('remedy')
      .that.matches(/server runs/);
    await database.destroy();
  });

  it('of an unknown kind is refused at once', () => {
    expect(() => openDatabase('mysql://127.0.0.1/x')).to.throw(/neither SQLite nor PostgreSQL/);
  });
});

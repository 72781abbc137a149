/** Statements that PostgreSQL prepares once for each connection, and what becomes of them when it does not have them any more. */
import { expect } from 'chai';
import { z } from 'zod';
import { type Database, openDatabase } from '../../../plugin/store/database.ts';
import { preparedRows } from '../../../plugin/store/prepared-rows.ts';
import { type PgBouncer, startPgBouncer } from '../../support/pgbouncer.ts';
import { emptyDatabase } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const rowsSchema = z.object({ rows: z.array(z.object({ name: z.string(), statement: z.string() })) });

describe('prepared statements of the store on PostgreSQL', function () {
  this.timeout(60_000);
  let empty: Awaited<ReturnType<typeof emptyDatabase>>;
  let database: Database;

  beforeEach(async () => {
    empty = await emptyDatabase('postgres');
    database = openDatabase(empty.url);
    await database.schema.createTable('things', (table) => void table.text('name'));
    await database('things').insert({ name: 'one' });
  });
  afterEach(async () => {
    await database.destroy();
    await empty.remove();
  });

  const things = () => preparedRows(database, 'SELECT * FROM things WHERE name = $1', ['one']);
  /** Of the connection that is used for everything here. */
  const prepared = async () =>
    rowsSchema
      .parse(await database.raw("SELECT name, statement FROM pg_prepared_statements WHERE name LIKE 'opentrain%'"))
      .rows.map(({ name, statement }) => ({ name, statement }));

  it('are prepared once', async () => {
    for (let round = 0; round < 3; round += 1) expect(await things()).to.deep.equal([{ name: 'one' }]);
    const [only, ...others] = await prepared();
    expect(only?.statement).to.include('FROM things');
    expect(others).to.deep.equal([]);
  });

  const losses: readonly [how: string, lose: () => PromiseLike<unknown>][] = [
    ['another connection of a pooler does not have them', () => database.raw('DEALLOCATE ALL')],
    ['another client of a pooler has prepared them', () => takeName()],
    ['a table was changed', () => database.schema.alterTable('things', (table) => void table.integer('more'))],
  ];

  async function takeName(): Promise<void> {
    const [known] = await prepared();
    // A new connection, on which our driver has prepared nothing.
    await database.destroy();
    database = openDatabase(empty.url);
    await database.raw(`PREPARE ${known?.name} AS SELECT 'taken'`);
  }

  for (const [how, lose] of losses) {
    it(`are answered without being prepared from then on when ${how}`, async () => {
      await things();
      await lose();
      const [thing] = await things();
      expect(thing).to.include({ name: 'one' });
      await database.raw('DEALLOCATE ALL');
      await things();
      expect(await prepared()).to.deep.equal([]);
    });
  }

  it('fail as others do when they are wrong, and are prepared nevertheless', async () => {
    await thrownBy(preparedRows(database, 'SELECT * FROM nothing', []));
    await things();
    expect(await prepared()).to.have.length(1);
  });

  describe('behind PgBouncer in transaction mode', () => {
    let pgBouncer: PgBouncer;

    before(async () => {
      pgBouncer = await startPgBouncer();
    });
    after(() => pgBouncer.stop());

    it('are answered for two processes with more connections than the server gives them', async () => {
      const clients = [1, 2].map(() => openDatabase(pgBouncer.through(empty.url)));
      try {
        const asked = Array.from({ length: 60 }, async (_, index) => {
          const client = clients[index % 2] ?? database;
          await client('things').insert({ name: `of ${index}` });
          return preparedRows(client, 'SELECT * FROM things WHERE name = $1', [`of ${index}`]);
        });
        for (const [index, rows] of (await Promise.all(asked)).entries()) {
          expect(rows).to.deep.equal([{ name: `of ${index}` }]);
        }
      } finally {
        for (const client of clients) await client.destroy();
      }
    });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import knex from 'knex';
import { migrate } from '../../../plugin/store/migrate.ts';
import { NodeSqliteClient } from '../../../plugin/store/sqlite-dialect.ts';
import { thrownBy } from '../../support/thrown.ts';

/** As with a knex that begins its transactions in other words than our dialect replaces. */
class OtherKnex extends NodeSqliteClient {
  override _query(...[connection, query]: Parameters<NodeSqliteClient['_query']>) {
    if (query.sql === 'BEGIN;') query.sql = 'BEGIN TRANSACTION;';
    return super._query(connection, query);
  }
}

describe('the write lock of a transaction on SQLite', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'write-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (client: typeof NodeSqliteClient) =>
    knex({
      client,
      connection: { filename: join(folder, 'store.sqlite') },
      useNullAsDefault: true,
      pool: { min: 1, max: 1 },
    });

  it('is held with our dialect: the store is migrated', async () => {
    const database = open(NodeSqliteClient);
    expect(await migrate(database)).to.not.deep.equal([]);
    await database.destroy();
  });

  it('is missed at the start when knex begins a transaction in other words', async () => {
    const database = open(OtherKnex);
    expect(String(await thrownBy(migrate(database)))).to.include('does not hold the write lock');
    await database.destroy();
  });
});

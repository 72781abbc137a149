import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { isSqlite } from '../../../plugin/store/database.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';

const document = readFileSync(join(import.meta.dirname, '../../../docs/databases.md'), 'utf8');
const section = document.slice(document.indexOf('## What the store keeps'));
const rows = [...section.matchAll(/^\| `(\w+)` \| (.+?) \| (.*?) ?\|$/gm)].map(
  ([, table = '', kept = '', why = '']) => ({
    table,
    kept,
    why,
  }),
);

async function tablesOf({ database }: FreshStore): Promise<string[]> {
  const names = isSqlite(database)
    ? database('sqlite_master').where({ type: 'table' }).whereNot('name', 'like', 'sqlite_%').select('name')
    : database('pg_tables').where({ schemaname: 'public' }).select('tablename as name');
  return z
    .array(z.object({ name: z.string() }))
    .parse(await names)
    .map(({ name }) => name)
    .sort();
}

for (const kind of storeKinds) {
  describe(`how long tables keep their rows, on ${kind}`, () => {
    let store: FreshStore;
    before(async () => {
      store = await freshStore(kind);
    });
    after(() => store.drop());

    it('is documented for every table of the schema, with an age or the reason why there is none', async () => {
      expect(rows.map(({ table }) => table).sort()).to.deep.equal(await tablesOf(store));
      for (const { table, kept, why } of rows) {
        expect(kept, table).to.match(/^(\d+ days?|for ever)$/);
        if (kept === 'for ever') expect(why, `the reason of ${table}`).not.to.equal('');
      }
    });
  });
}

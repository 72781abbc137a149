import { expect } from 'chai';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import type { ToolDatabase } from '../../../adapters/sql/tool-database.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { emptyDatabase, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const numbers =
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n ORDER BY i';

for (const kind of storeKinds) {
  describe(`A large answer of the tool's database (${kind})`, () => {
    let tool: ToolDatabase;
    let remove: () => Promise<void>;
    before(async () => {
      const made = await emptyDatabase(kind);
      remove = made.remove;
      // SQLite's file must exist: the tool makes it.
      const database = openDatabase(made.url);
      await database.schema.createTable('something', (table) => table.integer('id'));
      await database.destroy();
      tool = openToolDatabase(made.url);
    });
    after(async () => {
      await tool.close();
      await remove();
    });

    for (const count of [1, 500, 501, 12_345]) {
      it(`is handed over row by row, in order and whole: ${count} rows`, async () => {
        const rows: unknown[] = [];
        await tool.queryEach(numbers, [count], (row) => rows.push(row));
        expect(rows).to.have.length(count);
        expect(rows.at(0)).to.have.property('i', 1);
        expect(rows.at(-1)).to.have.property('i', count);
      });
    }

    it('fails as the reader of a row fails, and the next question is answered', async () => {
      const reading = tool.queryEach(numbers, [2_000], (row) => {
        if (Object(row).i === 700) throw new Error('cannot read this row');
      });
      expect((await thrownBy(reading)).message).to.match(/cannot read this row/);
      expect(await tool.query('SELECT 7 AS seven', [])).to.deep.equal([{ seven: 7 }]);
    });
  });
}

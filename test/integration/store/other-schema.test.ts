/** The store in another schema than `public`, as docs/databases.md tells to set it. */
import { expect } from 'chai';
import { openDatabase } from '../../../plugin/store/database.ts';
import { migrate, schemaState } from '../../../plugin/store/migrate.ts';
import { emptyDatabase } from '../../support/store.ts';

describe('a store in another schema than public', () => {
  it('is migrated there, and leaves public empty', async () => {
    const { url, remove } = await emptyDatabase('postgres');
    const plain = openDatabase(url);
    const database = openDatabase(`${url}?options=-c%20search_path%3Dopentrain`);
    try {
      await plain.raw('CREATE SCHEMA opentrain');
      expect(await migrate(database)).not.to.deep.equal([]);
      expect((await schemaState(database)).pending).to.deep.equal([]);
      const rows: { schemaname: string }[] = await plain('pg_tables')
        .whereIn('schemaname', ['public', 'opentrain'])
        .distinct('schemaname');
      expect(rows).to.deep.equal([{ schemaname: 'opentrain' }]);
    } finally {
      await Promise.all([plain.destroy(), database.destroy()]);
      await remove();
    }
  });
});

import { expect } from 'chai';
import { migrations } from '../../../migrations/index.ts';
import { AdminError } from '../../../plugin/errors.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { takeInstanceLock } from '../../../plugin/store/instance-lock.ts';
import { migrate, schemaState } from '../../../plugin/store/migrate.ts';
import { upgrade } from '../../../plugin/store/upgrade.ts';
import { emptyDatabase } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('a SQLite store of an older version', () => {
  it('is upgraded by nothing while a start runs on it, and by the next command afterwards', async () => {
    const { url, remove } = await emptyDatabase('sqlite');
    const database = openDatabase(url);
    await migrate(database, migrations.slice(0, -1));
    const before = await schemaState(database);
    const unlock = takeInstanceLock(url);
    const refused = await thrownBy(upgrade(database, url));
    expect(refused)
      .to.be.instanceOf(AdminError)
      .with.property('message')
      .that.includes('Another `opentrain-plugin start`');
    expect(await schemaState(database)).to.deep.equal(before);
    unlock();
    expect(await upgrade(database, url)).to.deep.equal(before.pending);
    await database.destroy();
    await remove();
  });
});

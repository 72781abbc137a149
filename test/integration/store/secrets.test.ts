import { expect } from 'chai';
import { createKeys } from '../../../plugin/keys.ts';
import { readSecret, renewSecrets, saveSecret } from '../../../plugin/store/secrets.ts';
import { freshStore, storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`secrets at rest on ${kind}`, () => {
    it('are encrypted anew after PLUGIN_SECRET was changed, so that the former one can go', async () => {
      const { database, drop } = await freshStore(kind);
      const [former, latter] = ['a'.repeat(32), 'b'.repeat(32)];
      await saveSecret(database, createKeys(former), 'partner token', 'ot_ptk_1', new Date(0));
      const both = createKeys(latter, former);
      expect(await readSecret(database, both, 'partner token'), 'before').to.equal('ot_ptk_1');
      expect(await renewSecrets(database, both)).to.equal(1);
      expect(await readSecret(database, createKeys(latter), 'partner token'), 'afterwards').to.equal('ot_ptk_1');
      await drop();
    });
  });
}

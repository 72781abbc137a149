/** The adapter, the driver and the author say the same. */
import { expect } from 'chai';
import type { Themes } from '../index.ts';

export function declarationTests({ describe, it, world, declared }: Themes): void {
  describe('the declaration', () => {
    it('is what the adapter and the driver say too', async () => {
      expect(world().description.capabilities).to.deep.equal(declared.capabilities);
      const joined = await world().adapter.listJoined?.(new Date());
      expect(Array.isArray(joined), 'listsJoined').to.equal(declared.listsJoined);
      const secrets = await world().driver.sharedSecrets();
      expect(secrets.length > 0, 'hasSharedInvite').to.equal(declared.hasSharedInvite);
      expect(world().driver.skip !== undefined, 'canSkip').to.equal(declared.canSkip);
      const { tallyTells } = declared;
      expect(world().driver.edit !== undefined, 'editedByOthers').to.equal(tallyTells.editedByOthers);
      expect(world().driver.makeNoWork !== undefined, 'notCounted').to.equal(tallyTells.notCounted.length > 0);
      const signs = await world().adapter.readSigns?.();
      expect(Array.isArray(signs), 'readsSigns').to.equal(declared.readsSigns);
      expect(world().adapter.explainDay !== undefined, 'explainsDays').to.equal(declared.explainsDays);
    });
  });
}

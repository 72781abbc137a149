/** What opens the tool must not leave the adapter: not in a result, an error or a log line. */
import { expect } from 'chai';
import type { Themes } from '../index.ts';

export function secretTests({ describe, it, world }: Themes): void {
  describe('secrets', () => {
    it('were told by nobody during all of the above: no invite link, token or password', async () => {
      for (const secret of await world().driver.sharedSecrets()) world().secrets.add(secret);
      expect(world().recorder.whereHeard([...world().secrets])).to.deep.equal([]);
    });
  });
}

/** Somebody with whom nothing above had to do. */
import { expect } from 'chai';
import type { Themes } from '../index.ts';
import { look, placesOf, signedIn, tally } from '../world.ts';

export function bystanderTests({ describe, it, itWhere, world, declared }: Themes): void {
  describe('everybody else', () => {
    it('all of the above left the bystander as they were: account, access, work', async () => {
      const { member, project } = world().bystander;
      expect(await look(world(), member)).to.deep.equal(member.account);
      expect(member.account.places).to.deep.equal([...placesOf(world(), [project])]);
      expect(await world().driver.canWork(member.session, project)).to.equal(true);
      await signedIn(world(), member);
    });

    itWhere(declared.capabilities.tally, 'all of the above left the bystander’s work counted as theirs', async () => {
      const { member, project } = world().bystander;
      const rows = await tally(world(), [project]);
      expect(rows.map(({ toolUserId, tasks }) => [toolUserId, tasks])).to.deep.equal([[member.account.toolUserId, 1]]);
    });
  });
}

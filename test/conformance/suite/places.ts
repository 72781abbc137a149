/** Giving access to existing accounts, at the finest level that the tool has. */
import { expect } from 'chai';
import { ToolRefused } from '../../../adapters/errors.ts';
import type { Themes } from '../index.ts';
import { errorOf, look, newMember, newProject, placesOf } from '../world.ts';

export function placeTests({ describe, it, world, declared }: Themes): void {
  const isPerProject = declared.capabilities.accessLevel === 'project';

  describe('access', () => {
    it('opens what is granted and nothing beside it', async () => {
      const [first, second, third] = [await newProject(world()), await newProject(world()), await newProject(world())];
      const member = await newMember(world(), [first]);
      const { toolUserId } = member.account;
      await world().adapter.grant({ toolUserId, email: member.email, places: placesOf(world(), [second]) });
      expect((await look(world(), member)).places).to.have.members([...placesOf(world(), [first, second])]);
      expect(await world().driver.canWork(member.session, first)).to.equal(true);
      expect(await world().driver.canWork(member.session, second)).to.equal(true);
      expect(await world().driver.canWork(member.session, third)).to.equal(!isPerProject);
    });

    it('changes nothing when access is granted twice', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      const before = await look(world(), member);
      const access = { ...member.account, email: member.email, places: placesOf(world(), [project]) };
      await world().adapter.grant(access);
      await world().adapter.grant(access);
      expect(await look(world(), member)).to.deep.equal(before);
      expect(await world().driver.canWork(member.session, project)).to.equal(true);
    });

    it('refuses to grant to an account that does not exist', async () => {
      const places = placesOf(world(), [await newProject(world())]);
      const access = { toolUserId: '99999999', email: 'nobody@opentrain.work', places };
      const error = await errorOf(world().adapter.grant(access));
      expect(error).to.be.instanceOf(ToolRefused);
      expect(error).to.have.property('remedy').that.is.a('string').and.is.not.empty;
    });

    it('grants to ten people at once, each what was asked for', async () => {
      const [project, another] = [await newProject(world()), await newProject(world())];
      const members = await Promise.all(Array.from({ length: 10 }, () => newMember(world(), [project])));
      const chosen = members.filter((_, index) => index % 2 === 0);
      await Promise.all(
        chosen.map(({ account, email }) =>
          world().adapter.grant({ toolUserId: account.toolUserId, email, places: placesOf(world(), [another]) }),
        ),
      );
      for (const member of members) {
        const expected = chosen.includes(member) ? [project, another] : [project];
        expect((await look(world(), member)).places, member.email).to.have.members([...placesOf(world(), expected)]);
      }
    });
  });
}

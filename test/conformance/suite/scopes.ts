/** Giving access to existing accounts, at the finest level that the tool has. */
import { expect } from 'chai';
import { ToolRefused } from '../../../adapters/tool.ts';
import type { Themes } from '../index.ts';
import { errorOf, look, newMember, newProject, scopesOf } from '../world.ts';

export function scopeTests({ describe, it, world }: Themes): void {
  const isPerProject = (): boolean => world().description.capabilities.accessScope === 'project';

  describe('access', () => {
    it('opens what is granted and nothing beside it', async () => {
      const [first, second, third] = [await newProject(world()), await newProject(world()), await newProject(world())];
      const member = await newMember(world(), [first]);
      const { toolUserId } = member.account;
      await world().adapter.grant({ toolUserId, email: member.email, scopes: scopesOf(world(), [second]) });
      expect((await look(world(), member)).scopes).to.have.members([...scopesOf(world(), [first, second])]);
      expect(await world().driver.canWork(member.session, first)).to.equal(true);
      expect(await world().driver.canWork(member.session, second)).to.equal(true);
      expect(await world().driver.canWork(member.session, third)).to.equal(!isPerProject());
    });

    it('changes nothing when access is granted twice', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      const before = await look(world(), member);
      const access = { ...member.account, email: member.email, scopes: scopesOf(world(), [project]) };
      await world().adapter.grant(access);
      await world().adapter.grant(access);
      expect(await look(world(), member)).to.deep.equal(before);
      expect(await world().driver.canWork(member.session, project)).to.equal(true);
    });

    it('refuses to grant to an account that does not exist', async () => {
      const scopes = scopesOf(world(), [await newProject(world())]);
      const access = { toolUserId: '99999999', email: 'nobody@opentrain.work', scopes };
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
          world().adapter.grant({ toolUserId: account.toolUserId, email, scopes: scopesOf(world(), [another]) }),
        ),
      );
      for (const member of members) {
        const expected = chosen.includes(member) ? [project, another] : [project];
        expect((await look(world(), member)).scopes, member.email).to.have.members([...scopesOf(world(), expected)]);
      }
    });
  });
}

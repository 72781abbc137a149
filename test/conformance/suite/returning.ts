/** Coming back after a removal, and forgotten passwords. */
import { expect } from 'chai';
import { ToolRefused, ToolUnable } from '../../../adapters/errors.ts';
import type { Themes } from '../index.ts';
import { errorOf, look, newMember, newProject, newTrainer, placesOf, removeWholly, signedIn } from '../world.ts';

export function returnTests({ describe, itWhere, world, declared }: Themes): void {
  const { accessLevel, restore, setPassword } = declared.capabilities;

  describe('coming back', () => {
    itWhere(restore, 'lets a removed trainer in again with the same account and the old password', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      await removeWholly(world(), member, [project]);
      const access = { ...member.account, email: member.email, places: placesOf(world(), [project]) };
      await world().adapter.grant(access);
      const session = await signedIn(world(), member);
      expect(await world().driver.canWork(session, project)).to.equal(true);
      const account = await look(world(), member);
      expect(account.toolUserId).to.equal(member.account.toolUserId);
      expect(account.closed).to.not.equal(true);
    });

    itWhere(!restore, 'says so when a removed trainer cannot be let in again', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      await removeWholly(world(), member, [project]);
      const access = { ...member.account, email: member.email, places: placesOf(world(), [project]) };
      const error = await errorOf(world().adapter.grant(access));
      expect(error).to.be.instanceOf(ToolUnable).and.include({ capability: 'restore' });
    });

    itWhere(
      restore && accessLevel === 'project',
      'gives back only what is granted, not what was held before',
      async () => {
        const [old, recent] = [await newProject(world()), await newProject(world())];
        const member = await newMember(world(), [old]);
        await removeWholly(world(), member, [old]);
        await world().adapter.grant({ ...member.account, email: member.email, places: [recent] });
        const session = await signedIn(world(), member);
        expect(await world().driver.canWork(session, recent)).to.equal(true);
        expect(await world().driver.canWork(session, old)).to.equal(false);
      },
    );

    itWhere(!setPassword, 'says so when a password cannot be set', async () => {
      const { toolUserId } = (await newMember(world(), [await newProject(world())])).account;
      const error = await errorOf(world().adapter.setPassword({ toolUserId, password: newTrainer(world()).password }));
      expect(error).to.be.instanceOf(ToolUnable).and.include({ capability: 'setPassword' });
    });

    itWhere(setPassword, 'replaces a forgotten password, and the old one opens nothing any more', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      const { toolUserId } = member.account;
      const { password } = newTrainer(world());
      await world().adapter.setPassword({ toolUserId, password });
      expect(await world().driver.signIn(member)).to.equal(null);
      const session = await signedIn(world(), { email: member.email, password });
      expect(await world().driver.canWork(session, project)).to.equal(true);
    });

    itWhere(setPassword, 'refuses a password for an account that does not exist', async () => {
      const { password } = newTrainer(world());
      const error = await errorOf(world().adapter.setPassword({ toolUserId: '99999999', password }));
      expect(error).to.be.instanceOf(ToolRefused);
    });
  });
}

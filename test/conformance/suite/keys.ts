/** Whose account it is: keys that somebody else holds, accounts that nobody knows, and the shared invite link. */
import { expect } from 'chai';
import { ToolRefused, ToolUnable } from '../../../adapters/errors.ts';
import type { Session } from '../driver.ts';
import type { Themes } from '../index.ts';
import { errorOf, look, newMember, newProject, newTrainer, signedIn } from '../world.ts';

export function keyTests({ describe, itWhere, world, declared }: Themes): void {
  const { endKeys } = declared.capabilities;

  describe('keys', () => {
    itWhere(!endKeys, 'says so when the keys to an account cannot be ended', async () => {
      const { toolUserId } = (await newMember(world(), [await newProject(world())])).account;
      expect(await errorOf(world().adapter.endKeys({ toolUserId }))).to.be.instanceOf(ToolUnable);
    });

    itWhere(endKeys, 'ends every key that somebody else has to an account, with a new password', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      const { toolUserId } = member.account;
      const { password } = newTrainer(world());
      await world().adapter.setPassword({ toolUserId, password });
      const { openForSeconds } = await world().adapter.endKeys({ toolUserId });
      expect(await world().driver.reaches(member, lasting(member.session, openForSeconds), [project], true)).to.be
        .empty;
      const session = await signedIn(world(), { email: member.email, password });
      expect(await world().driver.canWork(session, project)).to.equal(true);
      await world().adapter.endKeys({ toolUserId });
      expect(await world().driver.signIn({ email: member.email, password })).to.not.equal(null);
    });

    itWhere(endKeys, 'leaves the keys of everybody else, and of whoever runs the tool', async () => {
      const project = await newProject(world());
      const [member, other] = [await newMember(world(), [project]), await newMember(world(), [project])];
      await world().adapter.endKeys(member.account);
      expect(await world().driver.canWork(other.session, project)).to.equal(true);
      const [admin] = await world().adapter.findAccounts([{ toolUserId: null, email: world().target.admin.email }]);
      if (!admin) return expect.fail('the admin is not found');
      expect(await errorOf(world().adapter.endKeys(admin))).to.be.instanceOf(ToolRefused);
      await world().adapter.listProjects();
    });

    itWhere(declared.listsJoined, 'lists the accounts that were made since an instant, with when', async () => {
      const before = new Date(Date.now() - 1);
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      const joined = await world().adapter.listJoined?.(before);
      const found = joined?.find(({ toolUserId }) => toolUserId === member.account.toolUserId);
      expect(found).to.deep.include(await look(world(), member));
      expect(found?.joinedAt.getTime()).to.be.within(before.getTime(), Date.now());
      expect(await world().adapter.listJoined?.(new Date(Date.now() + 1000))).to.deep.equal([]);
    });

    itWhere(
      declared.hasSharedInvite,
      'renews the shared invite link with every acceptance, and when it is asked to',
      async () => {
        const known = await world().driver.sharedSecrets();
        const project = await newProject(world());
        await newMember(world(), [project]);
        const afterAcceptance = await world().driver.sharedSecrets();
        await world().adapter.renewInvite?.();
        const afterAsking = await world().driver.sharedSecrets();
        for (const secret of [...known, ...afterAcceptance]) world().secrets.add(secret);
        const all = [...known, ...afterAcceptance, ...afterAsking];
        expect(new Set(all).size).to.equal(all.length);
      },
    );
  });
}

/** What is left of a session once that has lapsed which cannot be ended. */
function lasting(session: Session, openForSeconds: number): Session {
  const lapsing = openForSeconds > 0 ? (session.lapsing ?? []) : [];
  return { ...session, headers: session.headers.filter((headers) => !lapsing.includes(headers)) };
}

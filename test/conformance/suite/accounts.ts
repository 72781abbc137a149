/** Making accounts, and finding them again. */
import { expect } from 'chai';
import { AccountExists, ToolUnavailable } from '../../../adapters/errors.ts';
import type { Themes } from '../index.ts';
import { errorOf, look, newMember, newProject, newTrainer, placesOf, signedIn } from '../world.ts';

export function accountTests({ describe, it, world }: Themes): void {
  describe('accounts', () => {
    it('makes an account that signs in with the Work Email and can work at once', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      expect(await world().driver.canWork(member.session, project)).to.equal(true);
      const { account, email } = member;
      expect(account).to.include({ email, privileged: false });
      expect(account.closed).to.not.equal(true);
      expect(account.hasPassword).to.not.equal(false);
      expect(account.places).to.have.members([...placesOf(world(), [project])]);
    });

    it('finds an account by id and by e-mail in any letter case, and only those that were asked for', async () => {
      const project = await newProject(world());
      const [wanted, other] = [await newMember(world(), [project]), await newMember(world(), [project])];
      const { toolUserId } = wanted.account;
      for (const person of [
        { toolUserId, email: wanted.email },
        { toolUserId: null, email: wanted.email },
        { toolUserId: null, email: wanted.email.toUpperCase() },
      ]) {
        const found = await world().adapter.findAccounts([person]);
        expect(found.map((account) => account.toolUserId)).to.deep.equal([toolUserId]);
      }
      const both = await world().adapter.findAccounts(
        [wanted, other].map(({ email }) => ({ toolUserId: null, email })),
      );
      expect(both.map(({ email }) => email)).to.have.members([wanted.email, other.email]);
    });

    it('finds nobody for an unknown address, and nobody for an empty list', async () => {
      const { email } = newTrainer(world());
      expect(await world().adapter.findAccounts([{ toolUserId: null, email }])).to.deep.equal([]);
      expect(await world().adapter.findAccounts([])).to.deep.equal([]);
    });

    it('does not make a second account for an address that is taken, and leaves the first as it was', async () => {
      const [project, another] = [await newProject(world()), await newProject(world())];
      const member = await newMember(world(), [project]);
      const before = await look(world(), member);
      const again = { ...newTrainer(world()), email: member.email, places: placesOf(world(), [another]) };
      expect(await errorOf(world().adapter.createMember(again))).to.be.instanceOf(AccountExists);
      expect(await look(world(), member)).to.deep.equal(before);
      await signedIn(world(), member);
      expect(await world().driver.signIn({ email: member.email, password: again.password })).to.equal(null);
    });

    it('leaves no account behind when the tool refuses the password', async () => {
      const places = placesOf(world(), [await newProject(world())]);
      const trainer = newTrainer(world());
      const refused = await errorOf(world().adapter.createMember({ ...trainer, password: 'abc', places }));
      expect(refused, 'the tool’s own words for the trainer').to.have.property('code', 'password-refused');
      const account = await world().adapter.createMember({ ...trainer, places });
      expect(account.email).to.equal(trainer.email);
    });

    it('takes names as people write them', async () => {
      const places = placesOf(world(), [await newProject(world())]);
      for (const displayName of ['Łukasz O’Brien-Ñandú 李', '<script>alert(1)</script>', 'x'.repeat(200), '']) {
        const trainer = { ...newTrainer(world()), displayName };
        await world().adapter.createMember({ ...trainer, places });
        await signedIn(world(), trainer);
      }
    });

    it('makes ten accounts at once', async () => {
      const project = await newProject(world());
      const members = await Promise.all(Array.from({ length: 10 }, () => newMember(world(), [project])));
      expect(new Set(members.map(({ account }) => account.toolUserId)).size).to.equal(10);
      for (const member of members) {
        expect(await world().driver.canWork(member.session, project), member.email).to.equal(true);
      }
    });

    it('makes one account when ten ask for the same one at once', async () => {
      const places = placesOf(world(), [await newProject(world())]);
      const { email, displayName } = newTrainer(world());
      const attempts = Array.from({ length: 10 }, () => ({ ...newTrainer(world()), email, displayName, places }));
      const outcomes = await Promise.allSettled(attempts.map((attempt) => world().adapter.createMember(attempt)));
      const winners = attempts.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).to.have.length(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        const isKnown = outcome.reason instanceof AccountExists || outcome.reason instanceof ToolUnavailable;
        expect(isKnown, String(outcome.reason)).to.equal(true);
      }
      expect(await world().adapter.findAccounts([{ toolUserId: null, email }])).to.have.length(1);
      for (const winner of winners) await signedIn(world(), winner);
    });
  });
}

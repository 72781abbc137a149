import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { requestPasswordReset } from '../../../plugin/invitations/password-reset.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

for (const kind of storeKinds) {
  describe(`access converges although something fails or comes between (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.connect();
    });

    /** ann's contract has ended; while she is being removed she is hired again, and something else happens. */
    async function annIsRehiredDuringRemoval(andThen: () => Promise<unknown>): Promise<void> {
      await world.annIsActive();
      await world.end('contract', 'job');
      world.tool.before = async (call) => {
        if (call !== 'revoke') return;
        world.tool.before = () => undefined;
        await world.hire('contract 2', 'job', 'ann');
        await andThen();
      };
      await world.converge(['ann']);
    }

    it('does the others when the tool fails for one, then reports the failure so that it is tried again', async () => {
      await world.annIsActive();
      await world.hire('contract of bob', 'job', 'bob');
      await world.converge();
      await world.work();
      await acceptInvitation(world.context, world.token('bob'), GOOD_PASSWORD);
      await world.end('contract', 'job');
      await world.end('contract of bob', 'job');
      world.tool.before = (call, email) => {
        if (call === 'revoke' && email === mailOf('ann')) throw new ToolUnavailable('the tool is away');
      };
      expect(await thrownBy(world.converge())).to.be.instanceOf(ToolUnavailable);
      expect(await world.state('ann')).to.equal('* active');
      expect(await world.state('bob')).to.equal('* revoked');
      world.tool.before = () => undefined;
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('finds out what became of a removal whose answer was lost', async () => {
      await world.annIsActive();
      await world.end('contract', 'job');
      world.tool.after = (call) => {
        if (call === 'revoke') throw new ToolUnavailable('the answer was lost');
      };
      await thrownBy(world.converge());
      // Meanwhile they are hired again: the record still says active, only a look shows that they are out.
      await world.hire('contract 2', 'job', 'ann');
      world.tool.after = () => undefined;
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
    });

    it('ends right when a contract starts in the middle of a removal', async () => {
      await annIsRehiredDuringRemoval(() => world.converge(['ann']));
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
    });

    it('looks at the tool when somebody else changed the same trainer’s record in the middle of a removal', async () => {
      await annIsRehiredDuringRemoval(() => requestPasswordReset(world.context, mailOf('ann')));
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
    });

    it('trusts the account that took the place of an erased one only when its owner has proved the Work Email', async () => {
      await world.annIsActive();
      await world.end('contract', 'job');
      await world.converge();
      world.tool.accounts.clear();
      const other = world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL] });
      await world.hire('contract 2', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* invited');
      await world.work();
      await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      expect((await world.rows('ann'))[0]).to.include({ state: 'active', adopted: true });
      expect(other.password).to.equal(GOOD_PASSWORD);
      await world.end('contract 2', 'job');
      await world.converge();
      expect(other.closed).to.equal(true);
    });
  });
}

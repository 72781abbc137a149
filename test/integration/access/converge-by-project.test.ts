import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const GRACE_MS = 600_000;

for (const kind of storeKinds) {
  describe(`access by project converges (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(
      kind,
      (opened) => {
        world = opened;
      },
      { accessLevel: 'project' },
    );

    it('sends one invitation for several projects, grants later ones, and removes each with its own link', async () => {
      await world.link('link 1', 'job', '1');
      await world.link('link 2', 'job', '2');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      expect(await world.state('ann')).to.equal('1 invited, 2 invited');
      expect(world.mails).to.have.length(1);
      await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      expect(await world.state('ann')).to.equal('1 active, 2 active');
      await world.link('link 3', 'job', '3');
      await world.converge();
      expect(world.tool.changes.at(-1)).to.equal('grant ann@opentrain.work 3');
      await world.unlink('link 1');
      world.later(GRACE_MS);
      await world.converge();
      expect(world.tool.changes.at(-1)).to.equal('revoke ann@opentrain.work 1');
      await world.end('contract', 'job');
      await world.converge();
      expect(world.tool.changes.at(-1)).to.equal('revoke ann@opentrain.work 2,3 and close');
      expect(await world.state('ann')).to.equal('1 revoked, 2 revoked, 3 revoked');
    });

    it('adds a second project to an invitation that is still open, without a second mail', async () => {
      await world.link('link 1', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      await world.link('link 2', 'job', '2');
      await world.converge();
      await world.work();
      expect(world.mails).to.have.length(1);
      await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      expect([...(world.tool.byEmail(mailOf('ann'))?.places ?? [])].sort()).to.deep.equal(['1', '2']);
    });

    it('leaves a membership that somebody else gave, and its account open', async () => {
      const account = world.tool.add(mailOf('ann'), { places: ['9'] });
      await world.link('link 1', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.tie('ann', account);
      await world.converge();
      expect([...account.places].sort()).to.deep.equal(['1', '9']);
      await world.end('contract', 'job');
      await world.converge();
      expect([...account.places]).to.deep.equal(['9']);
      expect(account.closed).to.equal(false);
    });

    it('takes back a grant whose answer was lost when the contract ended meanwhile', async () => {
      const account = world.tool.add(mailOf('ann'));
      await world.link('link 1', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.tie('ann', account);
      world.tool.after = () => {
        throw new ToolUnavailable('the answer was lost');
      };
      await thrownBy(world.converge());
      world.tool.after = () => undefined;
      await world.end('contract', 'job');
      await world.converge();
      expect(account.places.size).to.equal(0);
    });

    it('closes an account that a cut-off acceptance left in no project, when the contract has ended meanwhile', async () => {
      await world.link('link 1', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      world.tool.midway = () => {
        throw new ToolUnavailable('the tool went away between the account and its project');
      };
      const { result } = await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      world.tool.midway = () => undefined;
      expect(result).to.equal('refused');
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: false, password: GOOD_PASSWORD });
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('1 revoked');
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: true });
    });
  });
}

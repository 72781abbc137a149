import { expect } from 'chai';
import { ToolRefused, ToolUnavailable } from '../../../adapters/errors.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { acceptInvitation, readInvitation } from '../../../plugin/invitations/invitations.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

for (const kind of storeKinds) {
  describe(`an acceptance that the tool or a crash cuts off (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
    });

    const accept = (password = GOOD_PASSWORD) => acceptInvitation(world.context, world.token('ann'), password);
    const view = () => readInvitation(world.context, world.token('ann'));

    it('takes the account away again when the contract ends while it is being made', async () => {
      world.tool.after = async (call) => {
        if (call !== 'createMember') return;
        await world.end('contract', 'job');
        await world.converge(['ann']);
      };
      expect(await accept()).to.include({ result: 'refused', reason: 'void' });
      expect(await world.state('ann')).to.equal('* revoked');
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: true });
    });

    it('stays usable when the tool is away', async () => {
      world.tool.before = (call) => {
        if (call === 'createMember') throw new ToolUnavailable('away');
      };
      expect(await accept()).to.include({ result: 'refused', reason: 'tool-down' });
      expect((await view()).state).to.equal('open');
      world.tool.before = () => undefined;
      world.tool.looks = 0;
      for (let time = 0; time < 3; time++) await world.converge();
      expect(world.tool.looks, 'one look tells that nothing came of it').to.equal(1);
      expect(await accept()).to.include({ result: 'done' });
    });

    it('is an admin’s item with its remedy when the tool refuses, and works once that is mended', async () => {
      world.tool.before = (call) => {
        if (call === 'createMember') throw new ToolRefused('The tool is full.', 'Raise its limit.');
      };
      expect(await accept()).to.deep.equal({ result: 'refused', reason: 'tool-refused' });
      expect((await view()).state).to.equal('open');
      const problems = async () => (await readStatus(world.context)).problems.filter(({ what }) => /full/.test(what));
      const [problem, ...more] = await problems();
      expect(more).to.deep.equal([]);
      expect(problem).to.include({ severity: 'urgent', remedy: 'Raise its limit.' });
      expect(problem?.what).to.include(mailOf('ann')).and.to.include('could not accept');
      world.tool.before = () => undefined;
      expect(await accept()).to.include({ result: 'done' });
      expect(await problems()).to.deep.equal([]);
    });

    it('works at the second try when the tool made the account but its answer was lost', async () => {
      world.tool.after = (call) => {
        if (call === 'createMember') throw new ToolUnavailable('the answer was lost');
      };
      expect(await accept()).to.include({ result: 'refused', reason: 'tool-down' });
      world.tool.after = () => undefined;
      expect(await accept('another good passphrase')).to.include({ result: 'done' });
      expect(world.tool.canWork(mailOf('ann'), 'another good passphrase', WHOLE_TOOL)).to.equal(true);
    });

    it('can be used again a minute after the plugin died while it was being accepted, whatever else has happened', async () => {
      world.dieAt('createMember', 'before');
      await thrownBy(accept());
      world.revive();
      expect(await accept()).to.include({ result: 'refused', reason: 'busy' });
      world.later(60_000);
      expect(await accept()).to.include({ result: 'done' });
    });

    it('makes the account theirs at the next try when the plugin died after it was made', async () => {
      world.dieAt('createMember', 'after');
      await thrownBy(accept());
      world.revive();
      expect(await world.state('ann')).to.equal('* invited');
      world.later(2 * 60 * 1000);
      await world.work();
      expect(await accept()).to.include({ result: 'done' });
      expect(await world.state('ann')).to.equal('* active');
    });

    it('removes an account whose record was lost when the contract ended meanwhile', async () => {
      world.dieAt('createMember', 'after');
      await thrownBy(accept());
      world.revive();
      await world.end('contract', 'job');
      world.later(2 * 60 * 1000);
      await world.work();
      expect(await world.state('ann')).to.equal('* revoked');
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: true });
    });

    it('removes an account made after its contract ended, though the plugin died before it could record it', async () => {
      world.dieAt('createMember', 'after');
      world.tool.before = async (call) => {
        if (call !== 'createMember') return;
        world.tool.before = () => undefined;
        await world.end('contract', 'job');
        await world.converge(['ann']);
      };
      await thrownBy(accept());
      world.revive();
      expect(await world.state('ann')).to.equal('* invited');
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: false });
      world.later(2 * 60 * 1000);
      await world.work();
      expect(await world.state('ann')).to.equal('* revoked');
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: true });
    });

    it('uses an account that exists by then, with the password chosen on the page', async () => {
      world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL], password: 'their own' });
      expect(await accept()).to.include({ result: 'done' });
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
      expect((await world.rows('ann'))[0]).to.include({ state: 'active', owned: true, adopted: true });
      await world.work();
      expect(world.mails).to.have.length(1);
    });

    it('gives nobody an account that is there, where no password can be set', async () => {
      world.tool.capabilities = { ...world.tool.capabilities, setPassword: false };
      world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL] });
      expect(await accept()).to.include({ result: 'refused', reason: 'account-exists' });
      expect(await world.state('ann')).to.equal('* blocked account-not-ours');
    });

    it('blocks with a remedy where the tool hides the account that is in the way, and asks no further', async () => {
      world.tool.capabilities = { ...world.tool.capabilities, restore: false };
      world.tool.add(mailOf('ann'), { places: [] });
      expect(await accept()).to.include({ result: 'refused', reason: 'account-exists' });
      expect(await world.state('ann')).to.equal('* blocked account-exists');
      await world.converge();
      await world.work();
      expect(world.mails).to.have.length(1);
      world.tool.capabilities = { ...world.tool.capabilities, restore: true };
      await world.converge();
      expect(await world.state('ann')).to.equal('* invited');
      await world.work();
      expect(await accept()).to.include({ result: 'done' });
    });
  });
}

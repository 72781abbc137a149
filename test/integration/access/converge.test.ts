import { expect } from 'chai';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { REMEDY } from '../../support/model-tool.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`access converges (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.connect();
    });

    it('invites a trainer who is hired, once, however often it runs', async () => {
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      for (let time = 0; time < 3; time++) await world.converge();
      await world.work();
      expect(await world.state('ann')).to.equal('* invited');
      expect(world.mails.map(({ to }) => to)).to.deep.equal([mailOf('ann')]);
      expect(world.tool.changes).to.deep.equal([]);
      expect(await world.audit()).to.deep.equal(['invite ann – → invited']);
    });

    it('invites once when two replicas converge at the same moment', async () => {
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await Promise.all([world.converge(['ann']), world.converge('all'), world.converge(['ann'])]);
      await world.work();
      expect(world.mails).to.have.length(1);
      expect(await world.audit()).to.deep.equal(['invite ann – → invited']);
    });

    it('asks the tool nothing when records agree, and in one call about everybody else', async () => {
      await world.annIsActive();
      world.tool.looks = 0;
      await world.converge();
      expect(world.tool.looks).to.equal(0);
      for (const trainer of ['bob', 'cleo', 'dora']) await world.hire(`contract of ${trainer}`, 'job', trainer);
      await world.converge();
      expect(world.tool.looks).to.equal(1);
    });

    it('removes and closes the account when the contract ended', async () => {
      await world.annIsActive();
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
      await world.end('contract', 'job');
      await world.converge(['ann']);
      expect(await world.state('ann')).to.equal('* revoked');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(false);
      expect(world.tool.changes.at(-1)).to.equal('revoke ann@opentrain.work * and close');
    });

    it('keeps access while another contract gives it', async () => {
      await world.annIsActive();
      await world.link('link 2', 'job 2', '2');
      await world.hire('contract 2', 'job 2', 'ann');
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
    });

    it('lets a trainer in again who is hired again, with the same account and password, and tells them', async () => {
      await world.annIsActive();
      await world.end('contract', 'job');
      await world.converge();
      await world.hire('contract 2', 'job', 'ann');
      await world.converge();
      await world.work();
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
      expect(world.tool.accounts.size).to.equal(1);
      expect(world.mails.at(-1)?.subject).to.equal('You have access to Project 1');
    });

    it('records a removal that is partial with what remains and the remedy, and finishes it when the tool can', async () => {
      world.tool.capabilities = { ...world.tool.capabilities, closeAccount: false };
      await world.annIsActive();
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked-partial');
      expect((await world.rows('ann'))[0]).to.include({ reason: 'can still: sign in', remedy: REMEDY });
      const before = world.tool.changes.length;
      await world.converge();
      expect(world.tool.changes).to.have.length(before);
      world.tool.capabilities = { ...world.tool.capabilities, closeAccount: true };
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('completes a removal within a minute of the tool’s database being back', async () => {
      await world.annIsActive();
      const { capabilities } = world.tool;
      world.tool.capabilities = { ...capabilities, closeAccount: false, restore: false };
      world.tool.databaseProblem = 'the database refuses the role';
      await world.end('contract', 'job');
      await world.converge(['ann']);
      expect(await world.state('ann')).to.equal('* revoked-partial');
      for (let minutes = 0; minutes < 3; minutes += 1) {
        world.later(60_000);
        await world.work();
        expect(await world.state('ann')).to.equal('* revoked-partial');
      }
      world.tool.capabilities = capabilities;
      world.tool.databaseProblem = undefined;
      world.later(60_000);
      await world.work();
      expect(await world.state('ann')).to.equal('* revoked');
      world.later(60_000);
      expect(await world.work()).to.deep.equal([]);
    });

    it('blocks a rehire where nobody can be let in again, and unblocks it when the tool can', async () => {
      world.tool.capabilities = { ...world.tool.capabilities, restore: false };
      await world.annIsActive();
      await world.end('contract', 'job');
      await world.converge();
      await world.hire('contract 2', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* blocked needs-database-role');
      expect((await world.rows('ann'))[0]).to.include({ remedy: REMEDY });
      world.tool.capabilities = { ...world.tool.capabilities, restore: true };
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
    });

    it('adopts an account that is known to be theirs, without a mail, and removes it with the contract', async () => {
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.tie('ann', world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL] }));
      await world.converge();
      await world.work();
      expect((await world.rows('ann'))[0]).to.include({ state: 'active', adopted: true, owned: true });
      expect(world.mails).to.deep.equal([]);
      await world.end('contract', 'job');
      await world.converge();
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: true });
    });

    it('lets the trainer choose a password for an account that has none', async () => {
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.tie('ann', world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL], password: null }));
      await world.converge();
      await world.work();
      expect((await world.rows('ann'))[0]?.reason).to.equal('waiting for the trainer to choose a password');
      const done = await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      expect(done).to.include({ result: 'done' });
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
      expect((await world.rows('ann'))[0]).to.include({ state: 'active', reason: null });
    });

    it('never changes a privileged account, neither on a hire nor on an end', async () => {
      const boss = world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL], privileged: true });
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* blocked privileged-account');
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('');
      expect(world.tool.changes).to.deep.equal([]);
      expect(boss.closed).to.equal(false);
    });

    it('touches nobody who has no contract', async () => {
      world.tool.add('colleague@example.com', { places: [WHOLE_TOOL] });
      world.tool.add('stranger@opentrain.work', { places: [WHOLE_TOOL] });
      await world.annIsActive();
      await world.end('contract', 'job');
      await world.converge('all', { look: true });
      expect(world.tool.changes.every((change) => change.includes(mailOf('ann')))).to.equal(true);
    });

    it('mails waiting invitations once a mailer is set up', async () => {
      const { mailer } = world.context;
      world.use({ mailer: null });
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      expect(world.mails).to.deep.equal([]);
      world.use({ mailer });
      await world.converge();
      await world.work();
      await world.converge();
      await world.work();
      expect(world.mails).to.have.length(1);
    });
  });
}

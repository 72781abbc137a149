import { expect } from 'chai';
import { ToolUnavailable, WHOLE_TOOL } from '../../../adapters/tool.ts';
import { planAll } from '../../../plugin/access/converge.ts';
import { acceptInvitation } from '../../../plugin/access/invitations.ts';
import { requestPasswordReset } from '../../../plugin/access/password-reset.ts';
import { markDisconnected } from '../../../plugin/store/installs.ts';
import { listWork } from '../../../plugin/store/work.ts';
import { AccessWorld, GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { REMEDY } from '../../support/model-tool.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const GRACE_MS = 600_000;

for (const kind of storeKinds) {
  describe(`access converges (${kind})`, () => {
    let store: FreshStore;
    let world: AccessWorld;
    before(async () => {
      store = await freshStore(kind);
    });
    beforeEach(async () => {
      world = await AccessWorld.open(store);
      await world.connect();
    });
    after(() => store.drop());

    /** ann is hired and has accepted. */
    async function annIsActive(): Promise<void> {
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      const accepted = await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      expect(accepted).to.include({ result: 'done' });
    }

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
      await annIsActive();
      world.tool.looks = 0;
      await world.converge();
      expect(world.tool.looks).to.equal(0);
      for (const trainer of ['bob', 'cleo', 'dora']) await world.hire(`contract of ${trainer}`, 'job', trainer);
      await world.converge();
      expect(world.tool.looks).to.equal(1);
    });

    it('removes and closes the account when the contract ended', async () => {
      await annIsActive();
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
      await world.end('contract', 'job');
      await world.converge(['ann']);
      expect(await world.state('ann')).to.equal('* revoked');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(false);
      expect(world.tool.changes.at(-1)).to.equal('revoke ann@opentrain.work * and close');
    });

    it('keeps access while another contract gives it', async () => {
      await annIsActive();
      await world.link('link 2', 'job 2', '2');
      await world.hire('contract 2', 'job 2', 'ann');
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
    });

    it('lets a trainer in again who is hired again, with the same account and password, and tells them', async () => {
      await annIsActive();
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
      await annIsActive();
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

    it('blocks a rehire where nobody can be let in again, and unblocks it when the tool can', async () => {
      world.tool.capabilities = { ...world.tool.capabilities, restore: false };
      await annIsActive();
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

    it('adopts an account that is there, without a mail, and removes it with the contract', async () => {
      world.tool.add(mailOf('ann'), { scopes: [WHOLE_TOOL] });
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      expect((await world.rows('ann'))[0]).to.include({ state: 'active', adopted: true, owned: true });
      expect(world.mails).to.deep.equal([]);
      await world.end('contract', 'job');
      await world.converge();
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: true });
    });

    it('lets the trainer choose a password for an account that has none', async () => {
      world.tool.add(mailOf('ann'), { scopes: [WHOLE_TOOL], password: null });
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      expect((await world.rows('ann'))[0]?.reason).to.equal('waiting for the trainer to choose a password');
      const done = await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      expect(done).to.include({ result: 'done' });
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
      expect((await world.rows('ann'))[0]).to.include({ state: 'active', reason: null });
    });

    it('never changes a privileged account, neither on a hire nor on an end', async () => {
      const boss = world.tool.add(mailOf('ann'), { scopes: [WHOLE_TOOL], privileged: true });
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
      world.tool.add('colleague@example.com', { scopes: [WHOLE_TOOL] });
      world.tool.add('stranger@opentrain.work', { scopes: [WHOLE_TOOL] });
      await annIsActive();
      await world.end('contract', 'job');
      await world.converge('all', { look: true });
      expect(world.tool.changes.every((change) => change.includes(mailOf('ann')))).to.equal(true);
    });

    it('blocks a trainer whose Work Email is not told, with the remedy for the cause', async () => {
      const remedies: Record<string, { scopes?: string[]; piiConsent?: boolean }> = {
        'scope participants:email': { scopes: ['contracts:read'] },
        'consent to share Work Emails': { piiConsent: false },
        'has not told this trainer': {},
      };
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann', null);
      for (const [words, install] of Object.entries(remedies)) {
        await world.connect(install);
        await world.converge();
        expect(await world.state('ann')).to.equal('* blocked no-work-email');
        expect((await world.rows('ann'))[0]?.remedy).to.contain(words);
      }
      expect(world.tool.looks).to.equal(0);
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* invited');
    });

    it('refuses an address that is not a Work Email', async () => {
      await world.link('link', 'job', '1');
      for (const [trainer, address] of [
        ['ann', 'ann@example.com'],
        ['bob', 'bob@opentrain.work.example.com'],
      ] as const) {
        await world.hire(`contract of ${trainer}`, 'job', trainer, address);
        await world.converge();
        expect(await world.state(trainer)).to.equal('* blocked not-a-work-email');
        expect((await world.rows(trainer))[0]?.remedy).to.contain(address);
      }
      expect(world.tool.looks).to.equal(0);
      expect(world.mails).to.deep.equal([]);
    });

    it('holds access through the grace after a link was removed, then removes it by itself', async () => {
      await annIsActive();
      await world.unlink('link');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      world.later(GRACE_MS - 1);
      await world.work();
      expect(await world.state('ann')).to.equal('* active');
      world.later(1);
      await world.work();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('changes nothing when a link is re-pointed: removed and created again within the grace', async () => {
      await annIsActive();
      await world.unlink('link');
      await world.converge();
      world.later(60_000);
      await world.link('link again', 'job', '1');
      world.later(GRACE_MS);
      await world.work();
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.changes).to.have.length(1);
    });

    it('does not let the grace delay an ended contract', async () => {
      await annIsActive();
      await world.unlink('link');
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('throws nobody out while OpenTrain is disconnected, and carries on after a reconnect', async () => {
      await annIsActive();
      await markDisconnected(world.store.database, 'install', 'revoked', world.date);
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      world.later(1000);
      await world.connect({ id: 'install 2' });
      await world.hire('contract 2', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.changes).to.have.length(1);
      await world.end('contract 2', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('leaves MANAGED_ADAPTER links alone: neither grants nor removes', async () => {
      await world.link('managed', 'job', '1', 'MANAGED_ADAPTER');
      await world.hire('contract', 'job', 'bob');
      await world.converge('all', { look: true });
      expect(await world.state('bob')).to.equal('');
      await world.link('link', 'job 2', '2');
      await world.hire('contract 2', 'job 2', 'ann');
      world.tool.add(mailOf('ann'), { scopes: [WHOLE_TOOL] });
      await world.converge();
      await world.hire('contract 3', 'job', 'ann');
      await world.end('contract 2', 'job 2');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      await world.end('contract 3', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('does the others when the tool fails for one, then reports the failure so that it is tried again', async () => {
      await annIsActive();
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
      await annIsActive();
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
      await annIsActive();
      await world.end('contract', 'job');
      world.tool.before = async (call) => {
        if (call !== 'revoke') return;
        world.tool.before = () => undefined;
        await world.hire('contract 2', 'job', 'ann');
        await world.converge(['ann']);
      };
      await world.converge(['ann']);
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
    });

    it('looks at the tool when somebody else changed the same trainer’s record in the middle of a removal', async () => {
      await annIsActive();
      await world.end('contract', 'job');
      world.tool.before = async (call) => {
        if (call !== 'revoke') return;
        world.tool.before = () => undefined;
        await world.hire('contract 2', 'job', 'ann');
        await requestPasswordReset(world.context, mailOf('ann'));
      };
      await world.converge(['ann']);
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, WHOLE_TOOL)).to.equal(true);
    });

    it('finds the account that took the place of an erased one', async () => {
      await annIsActive();
      await world.end('contract', 'job');
      await world.converge();
      world.tool.accounts.clear();
      const other = world.tool.add(mailOf('ann'), { scopes: [WHOLE_TOOL] });
      await world.hire('contract 2', 'job', 'ann');
      await world.converge();
      expect((await world.rows('ann'))[0]).to.include({ state: 'active', adopted: true });
      await world.end('contract 2', 'job');
      await world.converge();
      expect(other.closed).to.equal(true);
    });

    it('repairs what was changed by hand only when it is asked to look', async () => {
      await annIsActive();
      const account = world.tool.byEmail(mailOf('ann'));
      account?.scopes.clear();
      await world.converge();
      expect(account?.scopes.size).to.equal(0);
      await world.converge('all', { look: true });
      expect([...(account?.scopes ?? [])]).to.deep.equal([WHOLE_TOOL]);
    });

    it('removes nobody with ACCESS_POLICY=grant-only, and does nothing at all with observe', async () => {
      await annIsActive();
      await world.end('contract', 'job');
      world.useSettings({ ACCESS_POLICY: 'grant-only' });
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      world.useSettings({ ACCESS_POLICY: 'observe' });
      await world.hire('contract of bob', 'job', 'bob');
      await world.converge();
      expect(await world.state('bob')).to.equal('');
      world.useSettings({ ACCESS_POLICY: 'sync' });
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
      expect(await world.state('bob')).to.equal('* invited');
    });

    it('plans for everybody without changing anything', async () => {
      await annIsActive();
      await world.end('contract', 'job');
      await world.hire('contract of bob', 'job', 'bob');
      const before = {
        rows: await world.rows(),
        audit: await world.audit(),
        work: await listWork(world.store.database),
      };
      const { planned } = await planAll(world.context);
      const plan = planned.flatMap(({ changes }) => changes.map(({ action, trainerId }) => `${action} ${trainerId}`));
      expect(plan.sort()).to.deep.equal(['invite bob', 'remove ann']);
      const after = {
        rows: await world.rows(),
        audit: await world.audit(),
        work: await listWork(world.store.database),
      };
      expect(after).to.deep.equal(before);
      expect(world.tool.changes).to.have.length(1);
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

  describe(`access by project converges (${kind})`, () => {
    let store: FreshStore;
    let world: AccessWorld;
    before(async () => {
      store = await freshStore(kind);
    });
    beforeEach(async () => {
      world = await AccessWorld.open(store, { accessScope: 'project' });
    });
    after(() => store.drop());

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
      expect([...(world.tool.byEmail(mailOf('ann'))?.scopes ?? [])].sort()).to.deep.equal(['1', '2']);
    });

    it('leaves a membership that somebody else gave, and its account open', async () => {
      const account = world.tool.add(mailOf('ann'), { scopes: ['9'] });
      await world.link('link 1', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      expect([...account.scopes].sort()).to.deep.equal(['1', '9']);
      await world.end('contract', 'job');
      await world.converge();
      expect([...account.scopes]).to.deep.equal(['9']);
      expect(account.closed).to.equal(false);
    });

    it('takes back a grant whose answer was lost when the contract ended meanwhile', async () => {
      const account = world.tool.add(mailOf('ann'));
      await world.link('link 1', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      world.tool.after = () => {
        throw new ToolUnavailable('the answer was lost');
      };
      await thrownBy(world.converge());
      world.tool.after = () => undefined;
      await world.end('contract', 'job');
      await world.converge();
      expect(account.scopes.size).to.equal(0);
    });
  });
}

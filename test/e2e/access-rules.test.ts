/** Each access rule that the tool has a part in, on a real Label Studio, judged by Label Studio's own answers. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { LabelStudioAdapter } from '../../adapters/label-studio/adapter.ts';
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import { revokeAll } from '../../plugin/access/admin.ts';
import { confirmAccount } from '../../plugin/access/confirm-account.ts';
import { convergeTrainers } from '../../plugin/access/converge.ts';
import { acceptInvitation, readInvitation } from '../../plugin/invitations/invitations.ts';
import { requestPasswordReset, resetPassword } from '../../plugin/invitations/password-reset.ts';
import { markDisconnected } from '../../plugin/mirror/installs.ts';
import { findTrainer } from '../../plugin/mirror/trainers.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf } from '../support/access-world.ts';
import { labelStudioDatabases, type TestLabelStudio } from '../support/label-studio.ts';
import { useLabelStudioAccess } from '../support/label-studio-access.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import type { FreshStore } from '../support/store.ts';

const OTHER_PASSWORD = 'nine silver thimbles';
const GRACE_MS = 600_000;

for (const database of labelStudioDatabases) {
  describe(`access on a real Label Studio (${database})`, function () {
    this.timeout(120_000);
    let tool: TestLabelStudio;
    let withRole: LabelStudioAdapter;
    let withoutRole: LabelStudioAdapter;
    let store: FreshStore;
    let world: AccessWorld;
    let owner: LabelStudioSession;
    let ann: string;
    let bob: string;

    useLabelStudioAccess(database, (access) => {
      ({ tool, withRole, withoutRole, store, world } = access);
      owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
      ann = `ann.${randomBytes(4).toString('hex')}`;
      bob = `bob.${randomBytes(4).toString('hex')}`;
    });

    const signIn = (trainer: string, password = GOOD_PASSWORD) =>
      LabelStudioSession.signIn(tool.baseUrl, mailOf(trainer), password);
    const isIn = async (trainer: string, password = GOOD_PASSWORD) =>
      (await (await signIn(trainer, password))?.whoami())?.email === mailOf(trainer);
    const accept = (trainer: string, password = GOOD_PASSWORD) =>
      acceptInvitation(world.context, world.token(trainer), password);
    async function hireAndJoin(trainer: string): Promise<void> {
      await world.hire(`contract of ${trainer}`, 'job', trainer);
      await world.settle();
      expect(await accept(trainer)).to.include({ result: 'done' });
      expect(await isIn(trainer)).to.equal(true);
    }

    it('a hired trainer joins under the Work Email with the name from OpenTrain, and is out with the contract', async () => {
      await hireAndJoin(ann);
      const session = await signIn(ann);
      expect(await session?.whoami()).to.include({ email: mailOf(ann) });
      await world.end(`contract of ${ann}`, 'job');
      await world.settle();
      expect(await world.state(ann)).to.equal('* revoked');
      expect(await session?.whoami()).to.equal(null);
      expect(await isIn(ann)).to.equal(false);
    });

    it('a second trainer of the job stays when the first one’s contract ends', async () => {
      await hireAndJoin(ann);
      await hireAndJoin(bob);
      await world.end(`contract of ${ann}`, 'job');
      await world.settle();
      expect(await isIn(ann)).to.equal(false);
      expect(await isIn(bob)).to.equal(true);
    });

    it('two links on one job make one invitation, and access lasts until the last of them has gone', async () => {
      await world.link('link 2', 'job', '2');
      await hireAndJoin(ann);
      expect(world.mails).to.have.length(1);
      await world.unlink('link');
      world.later(GRACE_MS);
      await world.settle();
      expect(await isIn(ann)).to.equal(true);
      await world.unlink('link 2');
      await world.settle();
      expect(await isIn(ann)).to.equal(true);
      world.later(GRACE_MS);
      await world.work();
      expect(await isIn(ann)).to.equal(false);
    });

    it('a trainer with two contracts stays until the second one ends', async () => {
      await hireAndJoin(ann);
      await world.link('link 2', 'job 2', '2');
      await world.hire('contract 2', 'job 2', ann);
      await world.end(`contract of ${ann}`, 'job');
      await world.settle();
      expect(await isIn(ann)).to.equal(true);
      await world.end('contract 2', 'job 2');
      await world.settle();
      expect(await isIn(ann)).to.equal(false);
    });

    it('a trainer hired again gets the same account with the old password, old session and old token', async () => {
      await hireAndJoin(ann);
      const session = await signIn(ann);
      const before = await session?.whoami();
      await world.end(`contract of ${ann}`, 'job');
      await world.settle();
      expect(await session?.whoami()).to.equal(null);
      await world.hire('contract 2', 'job', ann);
      await world.settle();
      expect(await world.state(ann)).to.equal('* active');
      expect(await (await signIn(ann))?.whoami()).to.deep.equal(before);
      expect(await session?.whoami()).to.deep.equal(before);
    });

    it('a member from before the plugin whom an admin confirms keeps the password, and is out with the contract', async () => {
      const other = await withRole.createMember({
        email: mailOf(ann),
        displayName: 'Ann',
        password: OTHER_PASSWORD,
        places: [WHOLE_TOOL],
      });
      await store.database('first_start').insert({ id: 1, at: Date.now() + 1000 });
      await world.hire('contract', 'job', ann);
      await world.settle();
      expect(await world.state(ann)).to.equal('* invited');
      await confirmAccount(world.context, ann, 'test');
      expect((await world.rows(ann))[0]).to.include({ state: 'active', adopted: true });
      expect((await findTrainer(store.database, ann))?.tool_user_id).to.equal(other.toolUserId);
      expect(await isIn(ann, OTHER_PASSWORD)).to.equal(true);
      await world.end('contract', 'job');
      await world.settle();
      expect(await isIn(ann, OTHER_PASSWORD)).to.equal(false);
    });

    it('an account made through POST /api/users, which cannot sign in, gets a password on our page', async () => {
      const made = await owner.http.post('/api/users/', { email: mailOf(ann), username: ann, first_name: 'Ann' });
      expect(made.status).to.equal(201);
      await world.hire('contract', 'job', ann);
      await world.settle();
      expect(await world.state(ann)).to.equal('* invited');
      expect(await accept(ann)).to.include({ result: 'done' });
      expect(await isIn(ann)).to.equal(true);
      expect((await world.rows(ann))[0]).to.include({ state: 'active', reason: null });
    });

    it('an account that appears while the invitation is open is used, with the password from our page', async () => {
      await world.hire('contract', 'job', ann);
      await world.settle();
      await owner.http.post('/api/users/', { email: mailOf(ann), username: ann, first_name: 'Ann' });
      expect(await accept(ann)).to.include({ result: 'done' });
      expect(await isIn(ann)).to.equal(true);
    });

    it('the owner of the tool is never changed, whatever OpenTrain says', async () => {
      await world.hire('contract', 'job', ann, 'owner@opentrain.work');
      const [person] = await withRole.findAccounts([{ toolUserId: null, email: tool.adminEmail.toLowerCase() }]);
      await store.database('trainers').where({ id: ann }).update({ tool_user_id: person?.toolUserId });
      await world.settle();
      expect(await world.state(ann)).to.equal('* blocked privileged-account');
      await world.end('contract', 'job');
      await world.settle();
      expect((await owner.whoami())?.email).to.equal(tool.adminEmail);
      expect(await LabelStudioSession.signIn(tool.baseUrl, tool.adminEmail, tool.adminPassword)).not.to.equal(null);
    });

    it('without the database role a removal is partial and says what remains; with it, a retry closes the rest', async () => {
      world.useTool(withoutRole);
      await hireAndJoin(ann);
      await world.end(`contract of ${ann}`, 'job');
      await world.settle();
      expect(await world.state(ann)).to.equal('* revoked-partial');
      const [row] = await world.rows(ann);
      expect(row?.reason).to.match(/^can still: .*sign in/);
      expect(row?.remedy).to.contain('TOOL_DATABASE_URL');
      expect(await signIn(ann)).not.to.equal(null);
      world.useTool(withRole);
      await convergeTrainers(world.context, [ann], 'test', { look: true });
      expect(await world.state(ann)).to.equal('* revoked');
      expect(await signIn(ann)).to.equal(null);
    });

    it('without the database role a rehire is blocked with the remedy; with it, a retry lets them in', async () => {
      world.useTool(withoutRole);
      await hireAndJoin(ann);
      await world.end(`contract of ${ann}`, 'job');
      await world.settle();
      await world.hire('contract 2', 'job', ann);
      await world.settle();
      expect(await world.state(ann)).to.equal('* blocked needs-database-role');
      expect((await world.rows(ann))[0]?.remedy).to.contain('TOOL_DATABASE_URL');
      world.useTool(withRole);
      await convergeTrainers(world.context, [ann], 'test', { look: true });
      expect(await world.state(ann)).to.equal('* active');
      expect(await isIn(ann)).to.equal(true);
    });

    it('without the database role, somebody removed before our time is blocked when they try the invitation', async () => {
      const { toolUserId } = await withRole.createMember({
        email: mailOf(ann),
        displayName: 'Ann',
        password: OTHER_PASSWORD,
        places: [WHOLE_TOOL],
      });
      await withoutRole.revoke({ toolUserId, email: mailOf(ann), places: [WHOLE_TOOL], closeAccount: true });
      world.useTool(withoutRole);
      await world.hire('contract', 'job', ann);
      await world.settle();
      expect(await accept(ann)).to.include({ result: 'refused', reason: 'account-exists' });
      expect(await world.state(ann)).to.equal('* blocked account-exists');
      world.useTool(withRole);
      await world.settle();
      expect(await world.state(ann)).to.equal('* invited');
      expect(await accept(ann)).to.include({ result: 'done' });
      expect(await isIn(ann)).to.equal(true);
      expect(await signIn(ann, OTHER_PASSWORD)).to.equal(null);
    });

    it('a forgotten password is replaced through the mail; the old one does not sign in any more', async () => {
      await hireAndJoin(ann);
      await requestPasswordReset(world.context, mailOf(ann));
      await world.work();
      const reset = await resetPassword(world.context, world.token(ann, 'password'), OTHER_PASSWORD);
      expect(reset).to.include({ result: 'done' });
      expect(await isIn(ann, OTHER_PASSWORD)).to.equal(true);
      expect(await signIn(ann)).to.equal(null);
    });

    it('a MANAGED_ADAPTER link is left alone: nobody is invited, nobody removed', async () => {
      const { toolUserId } = await withRole.createMember({
        email: mailOf(bob),
        displayName: 'Bob',
        password: OTHER_PASSWORD,
        places: [WHOLE_TOOL],
      });
      await world.link('managed', 'managed job', '3', 'MANAGED_ADAPTER');
      await world.hire('contract of ann', 'managed job', ann);
      await world.hire('contract of bob', 'managed job', bob);
      await world.converge('all', { look: true });
      await world.end('contract of bob', 'managed job');
      await world.converge('all', { look: true });
      await world.work();
      expect(world.mails).to.deep.equal([]);
      expect(await world.rows()).to.deep.equal([]);
      expect(await isIn(bob, OTHER_PASSWORD)).to.equal(true);
      const [account] = await withRole.findAccounts([{ toolUserId, email: mailOf(bob) }]);
      expect(account).to.include({ closed: false });
    });

    it('a link that is re-pointed within the grace disturbs nobody', async () => {
      await hireAndJoin(ann);
      const session = await signIn(ann);
      await world.unlink('link');
      await world.settle();
      await world.link('link again', 'job', '1');
      world.later(GRACE_MS);
      await world.settle();
      await world.work();
      expect((await session?.whoami())?.email).to.equal(mailOf(ann));
    });

    it('a revoked install throws nobody out, and a reconnect carries on with the same members', async () => {
      await hireAndJoin(ann);
      await markDisconnected(store.database, 'install', 'revoked', world.date);
      await world.end(`contract of ${ann}`, 'job');
      await world.settle();
      expect(await isIn(ann)).to.equal(true);
      world.later(1000);
      await world.connect({ id: 'install 2' });
      await world.hire('contract 2', 'job', ann);
      await world.settle();
      expect(await isIn(ann)).to.equal(true);
      await world.end('contract 2', 'job');
      await world.settle();
      expect(await isIn(ann)).to.equal(false);
    });

    it('revoke-all takes everybody out at once, and kills open invitations', async () => {
      await hireAndJoin(ann);
      await world.hire('contract of bob', 'job', bob);
      await world.settle();
      const { people } = await revokeAll(world.context, 'command revoke-all');
      expect(people.map(({ after }) => after)).to.deep.equal(['revoked', 'revoked']);
      expect(await isIn(ann)).to.equal(false);
      expect((await readInvitation(world.context, world.token(bob))).state).to.equal('void');
    });

    it('nobody without a contract is touched by any of this', async () => {
      const stranger = `stranger.${randomBytes(4).toString('hex')}`;
      const member = { email: mailOf(stranger), displayName: 'S', password: OTHER_PASSWORD, places: [WHOLE_TOOL] };
      await withRole.createMember(member);
      await hireAndJoin(ann);
      await world.end(`contract of ${ann}`, 'job');
      await world.converge('all', { look: true });
      await revokeAll(world.context, 'command revoke-all');
      expect(await isIn(stranger, OTHER_PASSWORD)).to.equal(true);
    });
  });
}

import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { AccountExists, PasswordRefused, ToolRefused, ToolUnable } from '../../../adapters/errors.ts';
import type { LabelStudioAdapter } from '../../../adapters/label-studio/adapter.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import {
  adapterFor,
  freshWorkEmail,
  labelStudioDatabases,
  type TestLabelStudio,
  useLabelStudio,
  withToolDatabase,
} from '../../support/label-studio.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';
import { thrownBy } from '../../support/thrown.ts';

const password = 'correct horse battery';
const places = [WHOLE_TOOL];

for (const kind of labelStudioDatabases) {
  describe(`members of Label Studio on ${kind}`, function () {
    this.timeout(120_000);
    let tool: TestLabelStudio;
    let adapter: LabelStudioAdapter;
    let owner: LabelStudioSession;

    useLabelStudio(kind, (scene) => {
      ({ tool, adapter, owner } = scene);
    });

    const signIn = (email: string, secret = password) => LabelStudioSession.signIn(tool.baseUrl, email, secret);
    const join = async () => {
      const email = freshWorkEmail();
      const { toolUserId } = await adapter.createMember({ email, displayName: 'Ada L.', password, places });
      return { email, toolUserId };
    };
    const leave = (member: { email: string; toolUserId: string }, by = adapter) =>
      by.revoke({ ...member, places, closeAccount: true });

    it('makes an account that signs in with the trainer’s own password and shows the display name', async () => {
      const { email, toolUserId } = await join();
      const session = await signIn(email);
      expect(await session?.whoami()).to.include({ id: Number(toolUserId), email, first_name: 'Ada', last_name: 'L.' });
      expect((await session?.http.get('/api/projects/'))?.status).to.equal(200);
    });

    it('says that the address is taken, and leaves that account as it was', async () => {
      const { email } = await join();
      const again = { email, displayName: 'Eve', password: 'another password', places };
      expect(await thrownBy(adapter.createMember(again))).to.be.instanceOf(AccountExists);
      expect(await thrownBy(adapterFor(tool, { databaseUrl: null }).createMember(again))).to.be.instanceOf(
        AccountExists,
      );
      expect(await signIn(email, 'another password')).to.equal(null);
      expect((await (await signIn(email))?.whoami())?.first_name).to.equal('Ada');
    });

    it('makes one account when the same trainer activates twice at once', async () => {
      const member = { email: freshWorkEmail(), displayName: 'Ada L.', password, places };
      const results = await Promise.allSettled([adapter.createMember(member), adapter.createMember(member)]);
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => reason)).to.have.lengthOf(1);
      expect(refused[0]?.reason).to.be.instanceOf(AccountExists);
      expect(await signIn(member.email)).to.not.equal(null);
    });

    it('makes the account even when the invite link is replaced in the middle of the sign-up', async () => {
      const replacing = await linkReplacingProxy(tool.baseUrl, () => owner.http.post('/api/invite/reset-token', {}));
      try {
        const email = freshWorkEmail();
        const behind = adapterFor(tool, { baseUrl: replacing.baseUrl });
        await behind.createMember({ email, displayName: 'Ada L.', password, places });
        await behind.close();
        expect(replacing.replaced()).to.equal(1);
        expect(await signIn(email)).to.not.equal(null);
      } finally {
        replacing.close();
      }
    });

    it('passes on Label Studio’s own words about a password that is too short', async () => {
      const member = { email: freshWorkEmail(), displayName: 'Ada', password: 'short', places };
      const error = await thrownBy(adapter.createMember(member));
      expect(error).to.be.instanceOf(PasswordRefused);
      expect(error.message).to.match(/password 8.128 characters/);
      expect(await adapter.findAccounts([{ toolUserId: null, email: member.email }])).to.deep.equal([]);
      const { toolUserId } = await join();
      const reset = await thrownBy(adapter.setPassword({ toolUserId, password: 'short' }));
      expect(reset).to.be.instanceOf(PasswordRefused);
      expect(error.message, 'the words at sign-up').to.include(reset.message);
    });

    it('finds accounts by id or by address in any case, and nothing for strangers', async () => {
      const { email, toolUserId } = await join();
      const account = { toolUserId, email, places, closed: false, hasPassword: true, privileged: false };
      expect(await adapter.findAccounts([{ toolUserId: null, email: email.toUpperCase() }])).to.deep.equal([account]);
      expect(await adapter.findAccounts([{ toolUserId, email: 'other@opentrain.work' }])).to.deep.equal([account]);
      const strangers = [
        { toolUserId: '999999', email },
        { toolUserId: 'x', email },
        { toolUserId: null, email: freshWorkEmail() },
      ];
      expect(await adapter.findAccounts(strangers)).to.deep.equal([]);
    });

    it('knows less without a database: a removed member is found by id only', async () => {
      const { email, toolUserId } = await join();
      const plain = adapterFor(tool, { databaseUrl: null });
      const account = { toolUserId, email, places, closed: null, hasPassword: null, privileged: false };
      expect(await plain.findAccounts([{ toolUserId: null, email }])).to.deep.equal([account]);
      await leave({ email, toolUserId }, plain);
      expect(await plain.findAccounts([{ toolUserId: null, email }])).to.deep.equal([]);
      expect(await plain.findAccounts([{ toolUserId, email }])).to.deep.equal([
        { ...account, email: null, places: [] },
      ]);
    });

    it('lets a removed trainer in again with the old password, session and account', async () => {
      const member = await join();
      const session = await LabelStudioSession.mustSignIn(tool.baseUrl, member.email, password);
      await leave(member);
      expect(await session.whoami()).to.equal(null);
      await adapter.grant({ ...member, places });
      await adapter.grant({ ...member, places });
      expect((await session.whoami())?.id).to.equal(Number(member.toolUserId));
      expect((await session.http.get('/api/projects/')).status).to.equal(200);
      expect(await signIn(member.email)).to.not.equal(null);
    });

    it('says what is missing when a removed trainer cannot be let in again', async () => {
      const member = await join();
      await leave(member);
      const urls = kind === 'postgres' ? [null, tool.readOnlyDatabaseUrl ?? null] : [null];
      for (const databaseUrl of urls) {
        const limited = adapterFor(tool, { databaseUrl });
        const error = await thrownBy(limited.grant({ ...member, places }));
        if (!(error instanceof ToolUnable)) throw error;
        expect(error.capability).to.equal('restore');
        expect(error.remedy).to.include('deleted_at').and.to.include('GRANT UPDATE');
        await limited.close();
      }
      expect(await signIn(member.email)).to.equal(null);
    });

    it('gives an account that was made without a password one to sign in with', async () => {
      const email = freshWorkEmail('made.by.hand');
      const made = await owner.http.post('/api/users/', { email, username: email, first_name: 'Made', last_name: '' });
      expect(made.status).to.equal(201);
      const [account] = await adapter.findAccounts([{ toolUserId: null, email }]);
      expect(account).to.include({ hasPassword: false, closed: false });
      await adapter.setPassword({ toolUserId: account?.toolUserId ?? '', password });
      const session = await LabelStudioSession.mustSignIn(tool.baseUrl, email, password);
      expect((await session.http.get('/api/projects/')).status).to.equal(200);
    });

    it('replaces a forgotten password: the old one and the old session end', async () => {
      const member = await join();
      const session = await LabelStudioSession.mustSignIn(tool.baseUrl, member.email, password);
      await adapter.setPassword({ toolUserId: member.toolUserId, password: 'a new password' });
      expect(await signIn(member.email)).to.equal(null);
      expect(await signIn(member.email, 'a new password')).to.not.equal(null);
      expect(await session.whoami()).to.equal(null);
    });

    it('removes once: the invite link is replaced by a removal that does something, not by its repetition', async () => {
      const member = await join();
      const other = await join();
      const before = await owner.inviteToken();
      expect(await leave(member)).to.deep.equal([]);
      const replaced = await owner.inviteToken();
      expect(replaced).to.not.equal(before);
      expect(await leave(member)).to.deep.equal([]);
      expect(await owner.inviteToken()).to.equal(replaced);
      expect((await signIn(other.email)) !== null).to.equal(true);
    });

    it('has nothing to remove from somebody who never had an account', async () => {
      const before = await owner.inviteToken();
      expect(await leave({ email: freshWorkEmail(), toolUserId: '999999' })).to.deep.equal([]);
      expect(await owner.inviteToken()).to.equal(before);
    });

    it('keeps the work of a removed trainer, still attributed to them', async () => {
      const member = await join();
      const session = await LabelStudioSession.mustSignIn(tool.baseUrl, member.email, password);
      const { taskIds } = await owner.createProject('Kept work', ['one']);
      const annotation = await session.annotate(taskIds[0] ?? 0, { labels: ['good'], leadTime: 5 });
      await leave(member);
      const kept = await owner.http.get(`/api/annotations/${annotation}/`);
      expect(kept.data.completed_by).to.equal(Number(member.toolUserId));
    });

    it('refuses to touch the owner', async () => {
      const [account] = await adapter.findAccounts([{ toolUserId: null, email: tool.adminEmail }]);
      expect(account?.privileged).to.equal(true);
      const toolUserId = account?.toolUserId ?? '';
      expect(await thrownBy(leave({ email: tool.adminEmail, toolUserId }))).to.be.instanceOf(ToolRefused);
      expect(
        await thrownBy(leave({ email: tool.adminEmail, toolUserId }, adapterFor(tool, { databaseUrl: null }))),
      ).to.be.instanceOf(ToolRefused);
      expect(await thrownBy(adapter.setPassword({ toolUserId, password }))).to.be.instanceOf(ToolRefused);
      expect(await signIn(tool.adminEmail, tool.adminPassword)).to.not.equal(null);
    });

    it('refuses to touch a colleague who was made an administrator', async () => {
      const member = await join();
      await withToolDatabase(tool, (database) =>
        database.execute('UPDATE htx_user SET is_staff = $1 WHERE id = $2', [true, Number(member.toolUserId)]),
      );
      expect(await thrownBy(leave(member))).to.be.instanceOf(ToolRefused);
      expect(await signIn(member.email)).to.not.equal(null);
    });

    it('ends the membership while the database is away, says what remains, and closes the account when it is back', async () => {
      const member = await join();
      const away = adapterFor(tool, { databaseUrl: 'postgres://nobody@127.0.0.1:1/nowhere' });
      expect((await away.describe()).capabilities).to.include({ closeAccount: false, restore: false, tally: false });
      expect((await away.describe()).databaseProblem).to.contain('does not answer');
      const remains = await leave(member, away);
      expect(remains.map(({ what }) => what)).to.include('sign in');
      expect(remains[0]?.remedy).to.contain('does not answer').and.to.contain('completes this by itself');
      const [account] = await adapter.findAccounts([{ toolUserId: member.toolUserId, email: member.email }]);
      expect(account).to.deep.include({ places: [], closed: false });
      expect(await leave(member)).to.deep.equal([]);
      await away.close();
    });
  });
}

/** The tool behind a proxy that has the invite link replaced once, just after it was read through it. */
async function linkReplacingProxy(target: string, replace: () => Promise<unknown>) {
  let replaced = 0;
  const server = createServer((request, response) => {
    const { method, headers, url = '/' } = request;
    const forwarded = forward(`${target}${url}`, { method, headers }, async (answer) => {
      if (url === '/api/invite' && replaced === 0) {
        replaced += 1;
        await replace();
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}`, replaced: () => replaced, close: () => server.close() };
}

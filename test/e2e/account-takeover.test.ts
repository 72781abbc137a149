/**
 * A trainer tries to get a colleague's account on a real Label Studio: every member can read the shared invite link, and sign up
 * under any address with it, a colleague's Work Email too.
 */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { LabelStudioAdapter } from '../../adapters/label-studio/adapter.ts';
import { signUp } from '../../adapters/label-studio/sign-up.ts';
import { acceptInvitation } from '../../plugin/invitations/invitations.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf } from '../support/access-world.ts';
import { labelStudioDatabases, type TestLabelStudio } from '../support/label-studio.ts';
import { useLabelStudioAccess } from '../support/label-studio-access.ts';
import { type Identity, LabelStudioSession } from '../support/label-studio-session.ts';

const INTRUDER_PASSWORD = 'the intruder knows this one';

/** What somebody who made an account under another's address keeps. */
interface Keys {
  email: string;
  session: Identity;
  personalToken: string;
  accessToken: string;
  legacyToken: string;
}

for (const database of labelStudioDatabases) {
  describe(`a colleague's account on a real Label Studio (${database})`, function () {
    this.timeout(120_000);
    let tool: TestLabelStudio;
    let withRole: LabelStudioAdapter;
    let withoutRole: LabelStudioAdapter;
    let world: AccessWorld;
    let member: LabelStudioSession;
    let ann: string;

    useLabelStudioAccess(database, async (access) => {
      ({ tool, withRole, withoutRole, world } = access);
      const suffix = randomBytes(4).toString('hex');
      ann = `ann.${suffix}`;
      const mallory = `mallory.${suffix}`;
      await world.hire('contract of mallory', 'job', mallory);
      await world.settle();
      expect(await acceptInvitation(world.context, world.token(mallory), GOOD_PASSWORD)).to.include({ result: 'done' });
      member = await LabelStudioSession.mustSignIn(tool.baseUrl, mailOf(mallory), GOOD_PASSWORD);
    });

    /** The member signs up under this address through the shared link, and makes every key that Label Studio has. */
    async function signUpUnder(email: string): Promise<Keys> {
      await signUp(tool.baseUrl, await member.inviteToken(), { email, password: INTRUDER_PASSWORD });
      const intruder = await LabelStudioSession.mustSignIn(tool.baseUrl, email, INTRUDER_PASSWORD);
      const personalToken = await intruder.personalToken();
      const accessToken = (await intruder.refresh(personalToken)) ?? '';
      expect(accessToken).not.to.equal('');
      return {
        email,
        session: intruder.identity,
        personalToken,
        accessToken,
        legacyToken: await intruder.legacyToken(),
      };
    }

    const asWhom = async (identity: Identity) =>
      (await new LabelStudioSession(tool.baseUrl, identity).whoami())?.email ?? null;

    /** Which of the keys open something. An access token cannot be ended before its 300 s, so it is told apart. */
    async function openKeys(keys: Keys): Promise<string[]> {
      const { email, session, personalToken, legacyToken } = keys;
      const open: string[] = [];
      if (await LabelStudioSession.signIn(tool.baseUrl, email, INTRUDER_PASSWORD)) open.push('password');
      if (await asWhom(session)) open.push('session');
      if (await member.refresh(personalToken)) open.push('personal access token');
      if (await asWhom({ Authorization: `Token ${legacyToken}` })) open.push('legacy token');
      return open;
    }

    /** Ann opens the link from her mail, and is in; nobody else is. */
    async function annAccepts(keys: Keys): Promise<void> {
      expect(await acceptInvitation(world.context, world.token(ann), GOOD_PASSWORD)).to.include({ result: 'done' });
      expect(await world.state(ann)).to.equal('* active');
      const session = await LabelStudioSession.mustSignIn(tool.baseUrl, mailOf(ann), GOOD_PASSWORD);
      expect((await session.whoami())?.email).to.equal(mailOf(ann));
      expect(await openKeys(keys)).to.deep.equal([]);
    }

    it('the account made before the colleague accepts becomes hers, and every key of the intruder is dead', async () => {
      await world.hire('contract', 'job', ann);
      await world.settle();
      const keys = await signUpUnder(mailOf(ann));
      await world.converge('all', { look: true });
      expect(await world.state(ann)).to.equal('* invited');
      await annAccepts(keys);
    });

    it('the account made before the colleague is hired gives nobody access until she comes through her mail', async () => {
      const keys = await signUpUnder(mailOf(ann));
      await world.hire('contract', 'job', ann);
      await world.settle();
      expect(await world.state(ann)).to.equal('* invited');
      await annAccepts(keys);
    });

    it('what the intruder makes with an access token in the 300 s that it lives is dead after them', async () => {
      const keys = await signUpUnder(mailOf(ann));
      await world.hire('contract', 'job', ann);
      await world.settle();
      await annAccepts(keys);
      const holder = new LabelStudioSession(tool.baseUrl, { Authorization: `Bearer ${keys.accessToken}` });
      const { exp, iat } = JSON.parse(Buffer.from(keys.accessToken.split('.')[1] ?? '', 'base64url').toString());
      expect(exp - iat).to.be.at.most(300);
      const personalToken = await holder.personalToken().catch(() => '');
      const legacyToken = await holder.legacyToken().catch(() => '');
      world.later((exp - iat + 60) * 1000);
      await world.work();
      expect(await openKeys({ ...keys, personalToken, legacyToken })).to.deep.equal([]);
      expect(await LabelStudioSession.signIn(tool.baseUrl, mailOf(ann), GOOD_PASSWORD)).not.to.equal(null);
    });

    it('without the database nobody gets the account, and the admin reads why and what to do', async () => {
      world.useTool(withoutRole);
      await signUpUnder(mailOf(ann));
      await world.hire('contract', 'job', ann);
      await world.settle();
      expect(await world.state(ann)).to.equal('* blocked account-not-ours');
      expect((await world.rows(ann))[0]?.remedy).to.contain('TOOL_DATABASE_URL');
      world.useTool(withRole);
      await world.settle();
      expect(await world.state(ann)).to.equal('* invited');
    });

    it('the shared invite link that a member read opens nothing after the next acceptance', async () => {
      const before = await member.inviteToken();
      await world.hire('contract', 'job', ann);
      await world.settle();
      await acceptInvitation(world.context, world.token(ann), GOOD_PASSWORD);
      expect(await member.inviteToken()).not.to.equal(before);
      const another = { email: `more.${ann}@example.com`, password: INTRUDER_PASSWORD };
      const refused = await signUp(tool.baseUrl, before, another).catch((error: Error) => error.name);
      expect(refused).to.equal('StaleInvite');
    });
  });
}

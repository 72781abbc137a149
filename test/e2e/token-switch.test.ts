/** On a real Label Studio every member can switch API tokens off for everybody, the plugin's own among them. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { acceptInvitation } from '../../plugin/invitations/invitations.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf } from '../support/access-world.ts';
import { labelStudioDatabases, type TestLabelStudio } from '../support/label-studio.ts';
import { useLabelStudioAccess } from '../support/label-studio-access.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { thrownBy } from '../support/thrown.ts';

for (const database of labelStudioDatabases) {
  describe(`a member switches the plugin’s token off on a real Label Studio (${database})`, function () {
    this.timeout(120_000);
    let tool: TestLabelStudio;
    let world: AccessWorld;
    let mallory: string;
    let member: LabelStudioSession;

    useLabelStudioAccess(database, async (access) => {
      ({ tool, world } = access);
      mallory = `mallory.${randomBytes(4).toString('hex')}`;
      await world.hire('contract of mallory', 'job', mallory);
      await world.settle();
      expect(await acceptInvitation(world.context, world.token(mallory), GOOD_PASSWORD)).to.include({ result: 'done' });
      member = await LabelStudioSession.mustSignIn(tool.baseUrl, mailOf(mallory), GOOD_PASSWORD);
    });

    const switchTokens = async (session: LabelStudioSession, on: boolean): Promise<number> =>
      (await session.http.post('/api/jwt/settings', { legacy_api_tokens_enabled: on })).status;

    it('their own end goes through in the database all the same, the admin reads what to switch on, and hires wait', async () => {
      const owner = await LabelStudioSession.mustSignIn(tool.baseUrl, tool.adminEmail, tool.adminPassword);
      const ann = `ann.${randomBytes(4).toString('hex')}`;
      try {
        expect(await switchTokens(member, false)).to.be.within(200, 201);
        await world.hire('contract', 'job', ann);
        await world.end('contract of mallory', 'job');
        await thrownBy(world.settle());
        expect(await member.whoami()).to.equal(null);
        expect(await LabelStudioSession.signIn(tool.baseUrl, mailOf(mallory), GOOD_PASSWORD)).to.equal(null);
        const refusal = await thrownBy(Promise.resolve(world.context.tool.renewInvite?.()));
        expect((refusal as Error & { remedy: string }).remedy).to.include('Legacy tokens are switched off');
      } finally {
        expect(await switchTokens(owner, true)).to.be.within(200, 201);
      }
      await world.settle();
      expect(await world.state(mallory)).to.equal('* revoked');
      expect(await world.state(ann)).to.equal('* invited');
    });
  });
}

/** On a real Label Studio every member can switch API tokens off for everybody, the plugin's own among them. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import type { RunningPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { submitForm } from '../../plugin/dev/demo/web-form.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { acceptInvitation } from '../../plugin/invitations/invitations.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf } from '../support/access-world.ts';
import { labelStudio, labelStudioDatabases, type TestLabelStudio } from '../support/label-studio.ts';
import { useLabelStudioAccess } from '../support/label-studio-access.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { thrownBy } from '../support/thrown.ts';
import { testWorld } from '../support/worlds.ts';

const SWITCHED_OFF = 'Legacy tokens are switched off';

const switchTokens = async (session: LabelStudioSession, on: boolean): Promise<number> =>
  (await session.http.post('/api/jwt/settings', { legacy_api_tokens_enabled: on })).status;

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
  describe(`the plugin starts while its token is switched off on a real Label Studio (${database})`, function () {
    this.timeout(120_000);
    let tool: TestLabelStudio;
    let world: World;
    let owner: LabelStudioSession;
    const plugins: RunningPlugin[] = [];
    before(async () => {
      tool = await labelStudio(database);
      world = await testWorld({ tool: 'label-studio', database, running: tool });
      owner = await LabelStudioSession.mustSignIn(tool.baseUrl, tool.adminEmail, tool.adminPassword);
    });
    after(async () => {
      await switchTokens(owner, true);
      for (const plugin of plugins) await plugin.stop('SIGKILL');
      await world?.close();
    });
    const start = async (): Promise<RunningPlugin> => {
      const plugin = await world.start();
      plugins.push(plugin);
      return plugin;
    };

    it('ends are carried out in the database, hires wait, and status and doctor say what to switch on', async () => {
      const { control } = world.sandbox;
      const { projectId } = await owner.createProject('Switched off', ['a text']);
      const { id: jobId } = control.createJob({ title: 'A', paymentType: 'PAY_PER_LABEL', fundedVolume: 10 });
      const hire = (name: string) => {
        const email = `${name}.${randomBytes(4).toString('hex')}@opentrain.work`;
        const { opentrainUserId: trainerId } = control.createTrainer({ displayName: name, workEmail: email });
        return { email, contractId: control.hire({ jobId, trainerId }).id };
      };
      const accept = async (email: string) =>
        submitForm(linkIn(await world.mailbox.mailTo(email), world.pluginUrl), { password: GOOD_PASSWORD });
      const first = await start();
      expect(await world.command('link', projectId, jobId)).to.include({ exitCode: 0 });
      const mallory = hire('mallory');
      expect(await accept(mallory.email)).to.include({ status: 200 });
      const member = await LabelStudioSession.mustSignIn(tool.baseUrl, mallory.email, GOOD_PASSWORD);
      await first.stop();

      expect(await switchTokens(member, false)).to.be.within(200, 201);
      control.endContract(mallory.contractId);
      const ann = hire('ann');
      await start();
      await waitFor('the end of mallory’s session', async () => (await member.whoami()) === null);
      expect(await LabelStudioSession.signIn(tool.baseUrl, mallory.email, GOOD_PASSWORD)).to.equal(null);
      const told = async (command: string) => (await world.command(command)).output;
      await waitFor('status to say it', async () => (await told('status')).includes(SWITCHED_OFF));
      expect(await told('doctor')).to.include(SWITCHED_OFF);
      const refused = await accept(ann.email);
      expect(refused.status, refused.text).to.equal(409);
      expect(refused.text).to.include('The team that looks after it can see why');
      expect(await LabelStudioSession.signIn(tool.baseUrl, ann.email, GOOD_PASSWORD)).to.equal(null);

      expect(await switchTokens(owner, true)).to.be.within(200, 201);
      expect(await accept(ann.email)).to.include({ status: 200 });
      await LabelStudioSession.mustSignIn(tool.baseUrl, ann.email, GOOD_PASSWORD);
    });
  });
}

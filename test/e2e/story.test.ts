/** The main story on real tools, each step judged by the tool's, OpenTrain's and the mail server's own answers. */
import { expect } from 'chai';
import type { LocalTrainer } from '../../adapters/local-tool.ts';
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import type { RunningPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { openPage, submitForm } from '../../plugin/dev/demo/web-form.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { usageOf } from '../../plugin/dev/sandbox/state.ts';
import { storeKinds } from '../support/store.ts';
import { testWorld, toolNames } from '../support/worlds.ts';

const PASSWORD = 'a-long-enough-passphrase-7';
const email = 'ada.lovelace@opentrain.work';

for (const tool of toolNames)
  for (const database of storeKinds) {
    describe(`the story on ${tool} with ${database}`, function () {
      this.timeout(300_000);
      let world: World;
      let plugin: RunningPlugin;
      let projectId: string;
      let jobId: string;
      let trainerId: string;
      let contractId: string;
      let session: LocalTrainer;

      before(async () => {
        world = await testWorld({ tool, database });
        projectId = (await world.people.createProject('Sentences by mood', 8)).id;
        jobId = world.sandbox.control.createJob({ title: 'Moods', paymentType: 'PAY_PER_LABEL', fundedVolume: 10 }).id;
      });

      afterEach(function () {
        if (this.currentTest?.state === 'failed') console.error(plugin?.log());
      });

      after(async () => {
        await plugin?.stop('SIGKILL');
        await world?.close();
      });

      const totals = () => {
        const contract = world.sandbox.state.contracts.get(contractId);
        return [...(contract?.usage.values() ?? [])].map(({ tasksCompleted, labelsCompleted }) => [
          tasksCompleted,
          labelsCompleted,
        ]);
      };
      const usageCalls = () => world.sandbox.control.countRequests({ method: 'POST', path: '/usage' });
      const sync = async () => {
        const { exitCode, output, errors } = await world.command('sync', '--contract', contractId);
        expect(exitCode, output + errors).to.equal(0);
      };

      it('links the project to the job by command', async () => {
        const { exitCode, errors } = await world.command('link', projectId, jobId);
        expect(exitCode, errors).to.equal(0);
        const [link] = [...world.sandbox.state.links.values()];
        expect(link).to.include({ jobId, externalProjectId: projectId });
      });

      it('invites who was hired before it started, and registers its endpoint', async () => {
        const early = world.sandbox.control.createTrainer({ displayName: 'Early', workEmail: 'early@opentrain.work' });
        world.sandbox.control.hire({ jobId, trainerId: early.opentrainUserId });
        plugin = await world.start();
        const mail = await world.mailbox.mailTo('early@opentrain.work');
        expect(linkIn(mail, world.pluginUrl)).to.include('/invitations/');
        const endpoint = await waitFor('an endpoint', () => [...world.sandbox.state.endpoints.values()][0]);
        expect(endpoint.status).to.equal('ACTIVE');
        expect(plugin.log()).not.to.include(endpoint.secret);
      });

      it('mails a hired trainer one link to our own page, never the shared one', async () => {
        const trainer = world.sandbox.control.createTrainer({ displayName: 'Ada L.', workEmail: email });
        trainerId = trainer.opentrainUserId;
        contractId = world.sandbox.control.hire({ jobId, trainerId }).id;
        const mail = await world.mailbox.mailTo(email);
        expect(linkIn(mail, world.pluginUrl)).to.match(/\/invitations\/[\w.-]+$/);
        expect(mail.html).to.be.a('string').that.includes('/invitations/');
        await world.sandbox.control.settled();
        const delivery = [...world.sandbox.state.deliveries.values()].findLast(
          ({ type }) => type === 'contract.started',
        );
        expect(delivery?.attempts.map(({ status }) => status)).to.deep.equal([200]);
      });

      it('makes the account for the Work Email with the password that the trainer chose', async () => {
        expect(await world.people.signIn({ email, password: PASSWORD })).to.equal(null);
        const link = linkIn(await world.mailbox.mailTo(email), world.pluginUrl);
        const page = await submitForm(link, { password: PASSWORD });
        expect(page.status, page.text).to.equal(200);
        expect(page.html).to.include(`/projects/${projectId}`);
        const signedIn = await world.people.signIn({ email, password: PASSWORD });
        if (!signedIn) expect.fail('the tool refuses the trainer');
        session = signedIn;
        expect((await openPage(link)).html).not.to.include('name="password"');
      });

      it('reports exactly what the trainer labelled, and a second sync sends nothing', async () => {
        const first = await session.annotate(projectId, { seconds: 20 });
        await session.annotate(projectId, { seconds: 30 });
        await session.annotate(projectId, { seconds: 40 });
        await sync();
        expect(totals()).to.deep.equal([[3, 3]]);
        const calls = usageCalls();
        await sync();
        expect(usageCalls()).to.equal(calls);
        await session.withdraw(first);
        await sync();
        expect(totals()).to.deep.equal([[2, 2]]);
      });

      it('stores the budget that came back', async () => {
        const { output } = await world.command('status', '--json');
        expect(output).to.include('consumedFraction').and.include(contractId);
        expect(usageOf(world.sandbox.state, contractId)).to.have.length(1);
      });

      it('removes the member when the contract ends: old session, new sign-in and project are closed', async () => {
        await session.annotate(projectId, { seconds: 50 });
        expect(await session.reaches(projectId)).not.to.deep.equal([]);
        world.sandbox.control.endContract(contractId);
        await waitFor('removal', async () => (await session.reaches(projectId)).length === 0);
        expect(await world.people.signIn({ email, password: PASSWORD })).to.equal(null);
      });

      it('sends the final count, and says revoked only because it looked', async () => {
        await waitFor('the final count', () => totals().join() === '3,3');
        const state = await waitFor('the state revoked', async () => {
          const { output } = await world.command('status', '--json');
          return /"state": "(revoked[a-z-]*)"/.exec(output)?.[1];
        });
        expect(state).to.equal('revoked');
      });

      it('leaves the admin alone', async () => {
        const { adminEmail, adminPassword } = world.tool;
        expect(await world.people.signIn({ email: adminEmail, password: adminPassword })).not.to.equal(null);
      });

      it('lets a rehired trainer in again with the old password', async () => {
        const again = world.sandbox.control.hire({ jobId, trainerId });
        const restored = await waitFor('restored', () => world.people.signIn({ email, password: PASSWORD }));
        expect(await restored.reaches(projectId)).not.to.deep.equal([]);
        world.sandbox.control.endContract(again.id);
        await waitFor('removed again', async () => (await restored.reaches(projectId)).length === 0);
      });

      it('drains and exits 0 on SIGTERM', async () => {
        expect(await plugin.stop('SIGTERM')).to.equal(0);
      });
    });
  }

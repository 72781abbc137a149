/**
 * A store restored from last night's backup beside a real Label Studio, after a day that the backup knows nothing of: the reconcile
 * finds out what happened, and nobody is let in by what was true yesterday.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LocalTrainer } from '../../adapters/local-tool.ts';
import { linkIn, recipients } from '../../plugin/dev/demo/mailbox.ts';
import { type RunningPlugin, runCommand, startPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { openPage, submitForm } from '../../plugin/dev/demo/web-form.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { emptyDatabase, storeKinds } from '../support/store.ts';
import { testWorld } from '../support/worlds.ts';

const PASSWORD = 'a-long-enough-passphrase-7';
const FOUND_WITHIN_MS = 60_000;
const people = ['ada', 'ben', 'cleo', 'dora'] as const;
type Person = (typeof people)[number];
const addressOf = (name: Person): string => `${name}@opentrain.work`;

for (const database of storeKinds)
  describe(`a ${database} store restored from last night, beside a real Label Studio`, function () {
    this.timeout(300_000);
    let world: World;
    let plugin: RunningPlugin;
    let restored: { environment: Record<string, string>; remove(): Promise<void> };
    let folder: string;
    let projectId: string;
    const contracts = new Map<Person, string>();
    const links = new Map<Person, string>();
    const sessions = new Map<Person, LocalTrainer>();
    let mailsBefore = 0;
    let totalsBefore: unknown;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'plugin-last-night-'));
      world = await testWorld({ tool: 'label-studio', database });
      const store = await emptyDatabase(database);
      restored = { environment: { ...world.environment, DATABASE_URL: store.url }, remove: store.remove };
      projectId = (await world.people.createProject('Sentences by mood', 20)).id;
      const { control } = world.sandbox;
      const job = control.createJob({ title: 'Moods', paymentType: 'PAY_PER_LABEL', fundedVolume: 1_000 });
      expect(await world.command('link', projectId, job.id)).to.include({ exitCode: 0 });
      plugin = await world.start();
      for (const name of people) {
        const trainer = control.createTrainer({ displayName: name, workEmail: addressOf(name) });
        contracts.set(name, control.hire({ jobId: job.id, trainerId: trainer.opentrainUserId }).id);
        links.set(name, linkIn(await world.mailbox.mailTo(addressOf(name)), `${world.pluginUrl}/invitations/`));
      }
      for (const name of ['ada', 'cleo'] as const) await accept(name);
    });
    afterEach(function () {
      if (this.currentTest?.state === 'failed') console.error(plugin?.log().slice(-4_000));
    });
    after(async () => {
      await plugin?.stop('SIGKILL');
      await world?.close();
      await restored?.remove();
      await rm(folder, { recursive: true, force: true });
    });

    const signIn = (name: Person) => world.people.signIn({ email: addressOf(name), password: PASSWORD });
    async function accept(name: Person): Promise<void> {
      expect((await submitForm(links.get(name) ?? '', { password: PASSWORD })).status).to.equal(200);
      const session = await signIn(name);
      if (!session) throw new Error(`Label Studio refuses ${name}`);
      sessions.set(name, session);
    }
    const command = (...parameters: string[]) => runCommand(parameters, restored.environment);
    const states = async (environment = restored.environment): Promise<Record<string, string>> => {
      const { output } = await runCommand(['status', '--json'], environment);
      const { trainers }: { trainers: { workEmail: string; state: string }[] } = JSON.parse(output);
      return Object.fromEntries(trainers.map(({ workEmail, state }) => [workEmail.split('@')[0], state]));
    };
    const totals = () =>
      people.map((name) => {
        const days = world.sandbox.state.contracts.get(contracts.get(name) ?? '')?.usage.values() ?? [];
        return [name, [...days].map(({ workDate, labelsCompleted }) => [workDate, labelsCompleted])];
      });
    const sync = async (environment = restored.environment): Promise<void> => {
      const { exitCode, output, errors } = await runCommand(['sync'], environment);
      expect(exitCode, output + errors).to.equal(0);
    };
    /** Whom mails were sent to since the restore. */
    const mailed = (): string[] => world.mailbox.mails.slice(mailsBefore).flatMap(recipients).sort();

    it('is backed up while it runs; then a day goes by, and the store is lost', async () => {
      await sessions.get('ada')?.annotate(projectId, { seconds: 20 });
      await sync(world.environment);
      const backedUp = await world.command('backup', join(folder, 'last-night.sqlite3'));
      expect(backedUp.exitCode, backedUp.errors).to.equal(0);

      await accept('ben');
      for (const name of ['ada', 'ben', 'cleo'] as const)
        await sessions.get(name)?.annotate(projectId, { seconds: 30 });
      await sync(world.environment);
      world.sandbox.control.endContract(contracts.get('cleo') ?? '');
      await waitFor('Cleo to be out', async () => (await states(world.environment)).cleo === 'revoked');
      await waitFor('her final count', () => JSON.stringify(totals()).includes('["cleo",[['));
      await plugin.stop('SIGKILL');
      mailsBefore = world.mailbox.mails.length;
      totalsBefore = totals();
    });

    it('is restored into an empty store, which knows only what was true last night', async () => {
      const { exitCode, errors } = await command('restore', join(folder, 'last-night.sqlite3'));
      expect(exitCode, errors).to.equal(0);
      expect(await states()).to.deep.equal({ ada: 'active', ben: 'invited', cleo: 'active', dora: 'invited' });
    });

    it('after a start: nobody regains access, and who was in still is', async () => {
      plugin = await startPlugin(restored.environment, world.pluginUrl);
      await waitFor(
        'the reconcile to know of the end',
        async () => (await states()).cleo === 'revoked',
        FOUND_WITHIN_MS,
      );
      expect(await signIn('cleo')).to.equal(null);
      expect(await sessions.get('cleo')?.reaches(projectId)).to.deep.equal([]);
      for (const name of ['ada', 'ben'] as const)
        expect(await sessions.get(name)?.reaches(projectId), name).not.to.deep.equal([]);
    });

    it('used invitations stay used, and those that were open last night are void', async () => {
      for (const name of people) {
        const page = await openPage(links.get(name) ?? '');
        expect(page.html, name).not.to.include('name="password"');
        const again = await submitForm(links.get(name) ?? '', { password: 'another-passphrase-of-a-thief-9' }).catch(
          () => null,
        );
        expect(again === null || again.status >= 400, `${name}: ${again?.status}`).to.equal(true);
      }
      expect(await signIn('ada')).not.to.equal(null);
      expect(await signIn('dora')).to.equal(null);
    });

    it('nothing is sent twice: one new link to each whose invitation is not known to be used, and no day counts double', async () => {
      await waitFor('the new links', () => mailed().length >= 2, FOUND_WITHIN_MS);
      await sync();
      expect(mailed()).to.deep.equal([addressOf('ben'), addressOf('dora')]);
      expect(totals()).to.deep.equal(totalsBefore);
      expect(await command('reconcile')).to.include({ exitCode: 0 });
      expect(mailed()).to.deep.equal([addressOf('ben'), addressOf('dora')]);
    });

    it('the trainer who accepted since proves the account by the new link, and the other one joins by theirs', async () => {
      for (const name of ['ben', 'dora'] as const) {
        links.set(
          name,
          linkIn(await world.mailbox.mailTo(addressOf(name), { skip: 1 }), `${world.pluginUrl}/invitations/`),
        );
        await accept(name);
      }
      expect(await states()).to.deep.equal({ ada: 'active', ben: 'active', cleo: 'revoked', dora: 'active' });
      await sessions.get('dora')?.annotate(projectId, { seconds: 30 });
      await sync();
      expect(JSON.stringify(totals())).to.include('["dora",[[');
    });
  });

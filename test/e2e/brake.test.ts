/**
 * Work that is gone from a real Label Studio, and another Label Studio in the place of the known one: what would be taken away is held
 * until an admin decides, and nobody is counted or removed by another tool's rows.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import type { Check } from '../../adapters/tool.ts';
import { AnotherDatabase, acceptDatabase } from '../../plugin/access/tool-database.ts';
import { reportStatus } from '../../plugin/commands/status.ts';
import { runSync } from '../../plugin/commands/sync.ts';
import type { PluginContext } from '../../plugin/context.ts';
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import { type Environment, type RunningPlugin, runCommand, startPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { openPage, submitForm } from '../../plugin/dev/demo/web-form.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { usageOf } from '../../plugin/dev/sandbox/state.ts';
import { examine } from '../../plugin/doctor/doctor.ts';
import { type OpenPlugin, openPlugin } from '../../plugin/service/open.ts';
import { reconcile } from '../../plugin/service/reconcile.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';
import { labelStudio, type TestLabelStudio, withToolDatabase } from '../support/label-studio.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { storeKinds } from '../support/store.ts';
import { thrownBy } from '../support/thrown.ts';
import { copyToolDatabase, putToolDatabaseBack } from '../support/tool-backup.ts';
import { testWorld } from '../support/worlds.ts';

const PASSWORD = 'seven purple lanterns';
/** More than the brake lets through as a small correction. */
const LABELS = 25;
const ANOTHER_TOOL = 'TOOL_DATABASE_URL is the database of another Label Studio';
const ANOTHER_DATABASE = 'database is another one than before';

for (const kind of storeKinds) {
  describe(`work that is gone, and another database, on a real Label Studio (${kind})`, function () {
    this.timeout(180_000);
    let tool: TestLabelStudio;
    let other: TestLabelStudio;
    let world: World;
    let plugin: RunningPlugin;
    let owner: LabelStudioSession;
    let ann: LabelStudioSession;
    let email: string;
    let contractId: string;
    let project: { projectId: string; taskIds: number[] };
    let folder: string;
    let context: PluginContext;
    const closing: OpenPlugin[] = [];

    before(async () => {
      tool = await labelStudio(kind);
      other = await labelStudio(kind === 'sqlite' ? 'postgres' : 'sqlite');
      folder = await mkdtemp(join(tmpdir(), 'brake-'));
      world = await testWorld({ tool: 'label-studio', database: kind, running: tool });
      plugin = await world.start();
      context = await parts();
      owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
      project = await owner.createProject('Work that is gone', ['a text', 'another text']);
      const { control } = world.sandbox;
      const { id: jobId } = control.createJob({ title: 'A', paymentType: 'PAY_PER_LABEL', fundedVolume: 1_000 });
      expect(await world.command('link', project.projectId, jobId)).to.include({ exitCode: 0 });
      email = `ann.${randomBytes(4).toString('hex')}@opentrain.work`;
      const { opentrainUserId: trainerId } = control.createTrainer({ displayName: 'Ann', workEmail: email });
      contractId = control.hire({ jobId, trainerId }).id;
      await submitForm(linkIn(await world.mailbox.mailTo(email), world.pluginUrl), { password: PASSWORD });
      ann = await LabelStudioSession.mustSignIn(tool.baseUrl, email, PASSWORD);
    });
    after(async () => {
      for (const opened of closing.splice(0)) await opened.close();
      await plugin?.stop('SIGKILL');
      await world?.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function work(labels: number): Promise<number[]> {
      const made: number[] = [];
      for (let count = 0; count < labels; count += 1)
        made.push(await ann.annotate(project.taskIds[count % 2] ?? 0, { labels: ['good'], leadTime: 20 }));
      return made;
    }
    const submitted = () =>
      usageOf(world.sandbox.state, contractId).reduce((sum, { labelsCompleted }) => sum + (labelsCompleted ?? 0), 0);
    const isIn = async () => (await LabelStudioSession.signIn(tool.baseUrl, email, PASSWORD)) !== null;

    /** The plugin's parts under these settings, beside the running `start`. */
    async function parts(change: Environment = {}): Promise<PluginContext> {
      const settings = loadSettings({ environment: { ...world.environment, ...change } });
      const opened = await openPlugin(settings, { log: pino({ level: 'silent' }) });
      closing.push(opened);
      return opened.context;
    }
    const status = async (context: PluginContext) => (await reportStatus(context)).text;
    const doctor = async (context: PluginContext) =>
      JSON.stringify(await examine(context, { testRemoval: false }).then((checks) => checks.filter(isFailure)));

    async function expectHeld(labels: number): Promise<void> {
      const { exitCode, text } = await runSync(context, {});
      expect(exitCode).to.equal(1);
      expect(text).to.match(/is held/);
      expect(submitted()).to.equal(labels);
      expect(await status(context))
        .to.include('A decrease of')
        .and.include(`sync --accept --contract ${contractId}`);
    }
    async function expectSent(labels: number): Promise<void> {
      const { exitCode, text } = await runSync(context, {});
      expect(exitCode, text).to.equal(0);
      expect(submitted()).to.equal(labels);
    }

    it('one deleted annotation is a small correction', async () => {
      if (kind === 'sqlite') await copyToolDatabase(tool.databaseUrl, join(folder, 'earlier.sqlite3'));
      const [first = 0] = await work(LABELS);
      await expectSent(LABELS);
      await owner.deleteAnnotation(first);
      await expectSent(LABELS - 1);
    });

    it(`${kind === 'sqlite' ? 'an earlier copy of the database put back' : 'an emptied table'} is held, and dropped at the admin’s word`, async () => {
      if (kind === 'sqlite') await putToolDatabaseBack(tool.databaseUrl, join(folder, 'earlier.sqlite3'));
      else
        await withToolDatabase(tool, (database) =>
          database.execute('DELETE FROM task_completion WHERE project_id = $1', [Number(project.projectId)]),
        );
      await expectHeld(LABELS - 1);
      const shown = await consolePage(world, '/console/held');
      expect(shown)
        .to.include('Ann')
        .and.include(`−${LABELS - 1}`);
      expect((await world.command('sync', '--drop')).output).to.include('stay as OpenTrain accepted them');
      await expectSent(LABELS - 1);
      expect(await status(context)).not.to.include('A decrease of');
    });

    it('everything deleted in bulk by a member is held, and sent at the admin’s word', async () => {
      await work(LABELS);
      await expectSent(LABELS);
      const query = { id: 'delete_tasks_annotations', project: project.projectId };
      await ann.http.post('/api/dm/actions', { selectedItems: { all: true, excluded: [] } }, { params: query });
      await expectHeld(LABELS);
      expect(await world.command('sync', '--accept')).to.include({ exitCode: 0 });
      expect(submitted()).to.equal(0);
    });

    it('TOOL_DATABASE_URL of another instance: nothing is counted and nobody removed; start, status and doctor say so', async () => {
      await work(LABELS);
      await expectSent(LABELS);
      await plugin.stop();
      const mixed = { TOOL_DATABASE_URL: other.pluginDatabaseUrl };
      const there = await parts(mixed);
      for (const attempt of [() => runSync(there, {}), () => acceptDatabase(there, 'test')]) {
        const refused = await thrownBy(attempt());
        expect(refused).to.have.property('message').that.includes(ANOTHER_TOOL);
        expect(refused).to.have.property('remedy').that.includes('Set both to the same Label Studio');
      }
      world.sandbox.control.endContract(contractId);
      plugin = await startPlugin({ ...world.environment, ...mixed }, world.pluginUrl);
      await waitFor('status to name the other tool', async () => (await status(there)).includes(ANOTHER_TOOL));
      await plugin.stop();
      expect(await doctor(there)).to.include(ANOTHER_TOOL);
      expect(await isIn()).to.equal(true);
      expect(submitted()).to.equal(LABELS);
    });

    it('another Label Studio in every setting waits for the admin’s word, and its accounts are left alone', async () => {
      const moved = {
        TOOL_BASE_URL: other.baseUrl,
        TOOL_API_TOKEN: other.apiToken,
        TOOL_DATABASE_URL: other.pluginDatabaseUrl,
      };
      const there = await parts(moved);
      const accounts = () =>
        withToolDatabase(other, (database) =>
          database.query('SELECT id, is_active, active_organization_id, password FROM htx_user ORDER BY id', []),
        );
      const before = await accounts();
      for (const attempt of [() => runSync(there, {}), () => reconcile(there, 'test', { look: true })])
        expect(await thrownBy(attempt())).to.be.instanceOf(AnotherDatabase);
      expect(await status(there)).to.include(ANOTHER_DATABASE);
      expect(await doctor(there))
        .to.include(ANOTHER_DATABASE)
        .and.include('sync --accept-database');
      expect(submitted()).to.equal(LABELS);
      const confirmed = await runCommand(['sync', '--accept-database'], { ...world.environment, ...moved });
      expect(confirmed.output).to.include('the right one from now on');
      await runSync(there, {});
      await reconcile(there, 'test', { look: true });
      expect(submitted()).to.equal(LABELS);
      expect(await accounts()).to.deep.equal(before);
      expect(await isIn()).to.equal(true);
    });

    it('the known tool, set again and confirmed, goes on: the trainer whose contract ended is out', async () => {
      const look = () => reconcile(context, 'test', { look: true });
      expect(await thrownBy(look())).to.be.instanceOf(AnotherDatabase);
      await acceptDatabase(context, 'test');
      await look();
      expect(await isIn()).to.equal(false);
      await expectSent(LABELS);
    });
  });
}

function isFailure({ result }: Check): boolean {
  return result === 'failure';
}

/** Signs in by the one-time link, and reads a page of the console. */
async function consolePage(world: World, path: string): Promise<string> {
  const link = /http:\/\/\S+/.exec((await world.command('console')).output)?.[0] ?? '';
  const { html, cookie } = await openPage(link);
  const [, name = '', value = ''] = /type="hidden" name="([^"]*)" value="([^"]*)"/.exec(html) ?? [];
  const headers = { cookie, origin: world.pluginUrl };
  const body = new URLSearchParams({ [name]: value });
  const signedIn = await fetch(link, { method: 'POST', body, headers, redirect: 'manual' });
  const session = signedIn.headers.getSetCookie().map((set) => set.split(';', 1)[0] ?? '');
  return (await openPage(world.pluginUrl + path, [cookie, ...session].join('; '))).text;
}

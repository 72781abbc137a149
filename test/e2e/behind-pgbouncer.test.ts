/** The plugin's store and the tool's database, both only through PgBouncer in transaction mode. */
import { resolve } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { grantStatements } from '../../adapters/label-studio/database-rights.ts';
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import type { RunningPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { submitForm } from '../../plugin/dev/demo/web-form.ts';
import { createWorld, type World } from '../../plugin/dev/demo/world.ts';
import { type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { emptyDatabase, postgresServer } from '../support/store.ts';
import { createToolRole, type ToolRole } from '../support/tool-role.ts';

const password = 'a-long-enough-passphrase-7';
const statusSchema = z.object({ trainers: z.array(z.object({ state: z.string() })) });
const TRAINERS = ['ada', 'grace', 'edsger', 'barbara'].map((name) => `${name}@opentrain.work`);

describe('both databases behind PgBouncer in transaction mode', function () {
  this.timeout(300_000);
  let pgBouncer: PgBouncer;
  let store: Awaited<ReturnType<typeof emptyDatabase>>;
  let role: ToolRole | undefined;
  let world: World;
  let plugin: RunningPlugin;

  before(async () => {
    pgBouncer = await startPgBouncer();
    store = await emptyDatabase('postgres');
    world = await createWorld({
      adapter: 'label-studio',
      cacheDirectory: resolve(import.meta.dirname, '../../.cache'),
      toolDatabase: { serverUrl: postgresServer },
      storeUrl: pgBouncer.through(store.url),
      toolDatabaseUrl: async (tool) => {
        role = await createToolRole(tool.databaseUrl, (name) => grantStatements(name));
        return pgBouncer.through(role.url);
      },
      progress: () => undefined,
    });
  });

  after(async () => {
    await plugin?.stop('SIGKILL');
    await pgBouncer?.stop();
    await role?.drop();
    await world?.close();
    await store?.remove();
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(plugin?.log());
  });

  it('lets trainers in at the same time, counts their work, and removes them', async () => {
    const project = await world.people.createProject('Pooled', 8);
    const { control, state } = world.sandbox;
    const job = control.createJob({ title: 'Pooled', paymentType: 'PAY_PER_LABEL', fundedVolume: 10 });
    const linked = await world.command('link', project.id, job.id);
    expect(linked.exitCode, linked.errors).to.equal(0);
    plugin = await world.start();

    const contracts = TRAINERS.map((workEmail) => {
      const { opentrainUserId: trainerId } = control.createTrainer({ displayName: workEmail, workEmail });
      return control.hire({ jobId: job.id, trainerId }).id;
    });
    const sessions = await Promise.all(
      TRAINERS.map(async (email) => {
        const link = linkIn(await world.mailbox.mailTo(email), world.pluginUrl);
        const page = await submitForm(link, { password });
        expect(page.status, page.text).to.equal(200);
        return waitFor('a session', () => world.people.signIn({ email, password }));
      }),
    );
    for (const session of sessions) await session.annotate(project.id, { seconds: 20 });

    const synced = await world.command('sync');
    expect(synced.exitCode, synced.output + synced.errors).to.equal(0);
    for (const contract of contracts) {
      const days = [...(state.contracts.get(contract)?.usage.values() ?? [])];
      expect(days.map(({ tasksCompleted }) => tasksCompleted)).to.deep.equal([1]);
    }
    for (const contract of contracts) control.endContract(contract);
    await waitFor('removal', async () => {
      const reached = await Promise.all(sessions.map((session) => session.reaches(project.id)));
      return reached.flat().length === 0;
    });
    await waitFor('every removal checked', async () => {
      const { trainers } = statusSchema.parse(JSON.parse((await world.command('status', '--json')).output));
      return trainers.every(({ state: access }) => access === 'revoked') && trainers.length === TRAINERS.length;
    });
  });

  it('is fine for doctor, which names neither database', async () => {
    const { output, errors } = await world.command('doctor');
    const lines = (output + errors).split('\n').filter((line) => /database|store/i.test(line));
    expect(lines, output + errors).not.to.deep.equal([]);
    expect(lines.filter((line) => /fail|warn|✗|!/i.test(line))).to.deep.equal([]);
  });

  it('ends cleanly', async () => {
    expect(await plugin.stop('SIGTERM')).to.equal(0);
  });
});

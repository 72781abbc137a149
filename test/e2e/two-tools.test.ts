/** Two tools behind one connection to OpenTrain, each with a plugin of its own: nobody gets into the other tool, and no work is mixed up. */
import { expect } from 'chai';
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import type { RunningPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { submitForm } from '../../plugin/dev/demo/web-form.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { testWorld, toolNames } from '../support/worlds.ts';

const PASSWORD = 'a-long-enough-passphrase-7';

interface Side {
  world: World;
  plugin?: RunningPlugin;
  projectId: string;
  jobId: string;
  email: string;
  contractId: string;
  /** Labels that the trainer makes. */
  labels: number;
}

describe('Label Studio and doccano under one connection', function () {
  this.timeout(300_000);
  const sides: Side[] = [];
  let sandbox: World['sandbox'];

  before(async () => {
    for (const [index, tool] of toolNames.entries()) {
      const first = sides[0]?.world;
      // The second plugin has the same grant of OpenTrain as the first.
      const settings = first
        ? { OPENTRAIN_BASE_URL: first.sandbox.baseUrl, OPENTRAIN_PARTNER_TOKEN: first.sandbox.partnerToken }
        : {};
      const world = await testWorld({ tool, database: first ? 'sqlite' : 'postgres', settings });
      sandbox ??= world.sandbox;
      const jobId = sandbox.control.createJob({ title: tool, paymentType: 'PAY_PER_LABEL', fundedVolume: 50 }).id;
      sides.push({ world, projectId: '', jobId, email: `${tool}@opentrain.work`, contractId: '', labels: 2 + index });
    }
    // Each tool counts its projects from 1: projects are made until both have one of the same number.
    const numbers = sides.map(() => new Set<string>());
    for (let made = 0; made < 20 && !sides[0]?.projectId; made += 1) {
      for (const [index, { world }] of sides.entries()) {
        numbers[index]?.add((await world.people.createProject('Sentences by mood', 8)).id);
      }
      const shared = [...(numbers[0] ?? [])].find((id) => numbers[1]?.has(id));
      if (shared) for (const side of sides) side.projectId = shared;
    }
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') for (const { plugin } of sides) console.error(plugin?.log());
  });

  after(async () => {
    for (const { plugin } of sides) await plugin?.stop('SIGKILL');
    for (const { world } of sides.reverse()) await world.close();
  });

  it('links the same project number in both: the second gets the name of its tool', async () => {
    for (const { world, projectId, jobId } of sides) {
      const { exitCode, output, errors } = await world.command('link', projectId, jobId);
      expect(exitCode, output + errors).to.equal(0);
    }
    const [one, two] = sides;
    const ids = [...sandbox.state.links.values()].map(({ externalProjectId }) => externalProjectId);
    const host = new URL(two?.world.tool.baseUrl ?? '').host;
    expect(ids).to.have.members([one?.projectId, `${two?.projectId}@${host}`]);
  });

  it('invites who is hired on either side to their own tool only', async () => {
    for (const side of sides) side.plugin = await side.world.start();
    for (const side of sides) {
      const { opentrainUserId: trainerId } = sandbox.control.createTrainer({
        displayName: side.email,
        workEmail: side.email,
      });
      side.contractId = sandbox.control.hire({ jobId: side.jobId, trainerId }).id;
    }
    for (const { world, email } of sides) {
      const link = linkIn(await world.mailbox.mailTo(email), world.pluginUrl);
      expect((await submitForm(link, { password: PASSWORD })).status).to.equal(200);
    }
    await sandbox.control.settled();
    for (const { world } of sides) {
      const { exitCode, output, errors } = await world.command('reconcile');
      expect(exitCode, output + errors).to.equal(0);
    }
    for (const { world, email } of sides) {
      const status = JSON.parse((await world.command('status', '--json')).output);
      const standings = status.links.map(({ standing }: { standing: string }) => standing);
      expect(standings).to.have.members(['ours', 'another tool']);
      expect(status.trainers.map(({ workEmail }: { workEmail: string }) => workEmail)).to.deep.equal([email]);
      for (const other of sides) {
        const session = await world.people.signIn({ email: other.email, password: PASSWORD });
        expect(session !== null, `${other.email} in the tool of ${email}`).to.equal(other.email === email);
      }
    }
  });

  it('submits the usage of each side only', async () => {
    for (const { world, email, projectId, labels } of sides) {
      const session = await world.people.signIn({ email, password: PASSWORD });
      for (let made = 0; made < labels; made += 1) await session?.annotate(projectId, { seconds: 20 });
    }
    for (const { world } of sides) {
      const { exitCode, output, errors } = await world.command('sync');
      expect(exitCode, output + errors).to.equal(0);
    }
    for (const { contractId, labels } of sides) {
      const usage = [...(sandbox.state.contracts.get(contractId)?.usage.values() ?? [])];
      expect(usage.map(({ labelsCompleted }) => labelsCompleted)).to.deep.equal([labels]);
    }
  });

  it('takes access away on the side whose contract ended, and lists the other link as another tool’s', async () => {
    const [one, two] = sides;
    if (!one || !two) throw new Error('two sides are needed');
    sandbox.control.endContract(one.contractId);
    await waitFor('the end of access', async () =>
      (await one.world.people.signIn({ email: one.email, password: PASSWORD })) === null ? true : undefined,
    );
    expect(await two.world.people.signIn({ email: two.email, password: PASSWORD })).not.to.equal(null);
    for (const { world } of sides) expect((await world.command('links')).output).to.include("another tool's");
  });
});

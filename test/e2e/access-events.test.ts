/** Access by the whole plugin, from what OpenTrain sends, or fails to send, to what Label Studio lets in. */
import { expect } from 'chai';
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import { type RunningPlugin, startPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { submitForm } from '../../plugin/dev/demo/web-form.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { testWorld } from '../support/worlds.ts';

const PASSWORD = 'seven purple lanterns';
const GRACE_SECONDS = 3;

describe('access by events', function () {
  this.timeout(240_000);
  let world: World;
  let plugin: RunningPlugin;
  let jobId: string;
  let projects: string[];
  const contracts = new Map<string, string>();

  before(async () => {
    world = await testWorld({
      tool: 'label-studio',
      database: 'sqlite',
      settings: { LINK_REMOVAL_GRACE: String(GRACE_SECONDS) },
    });
    jobId = world.sandbox.control.createJob({ title: 'Moods' }).id;
    projects = [];
    for (const title of ['Moods one', 'Moods two']) {
      const { id } = await world.people.createProject(title, 2);
      projects.push(id);
      await command('link', id, jobId);
    }
    plugin = await world.start();
    // Nothing is replayed to an endpoint that did not exist when it happened.
    await waitFor('an endpoint', () => world.sandbox.state.endpoints.size > 0);
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(plugin?.log());
  });
  after(async () => {
    await plugin?.stop('SIGKILL');
    await world?.close();
  });

  const emailOf = (name: string) => `${name}@opentrain.work`;
  const isIn = async (name: string) =>
    (await world.people.signIn({ email: emailOf(name), password: PASSWORD })) !== null;
  const mailsTo = (name: string) =>
    world.mailbox.mails.filter(({ to }) => [to].flat().some((address) => address?.text === emailOf(name)));

  async function command(...parameters: string[]): Promise<string> {
    const { exitCode, output, errors } = await world.command(...parameters);
    expect(exitCode, output + errors).to.equal(0);
    return output;
  }

  function hire(name: string): void {
    const trainer = world.sandbox.control.createTrainer({ displayName: name, workEmail: emailOf(name) });
    contracts.set(name, world.sandbox.control.hire({ jobId, trainerId: trainer.opentrainUserId }).id);
  }

  function end(name: string): void {
    world.sandbox.control.endContract(contracts.get(name) ?? '');
  }

  async function join(name: string): Promise<void> {
    const page = await submitForm(linkIn(await world.mailbox.mailTo(emailOf(name)), world.pluginUrl), {
      password: PASSWORD,
    });
    expect(page.status, page.text).to.equal(200);
    expect(await isIn(name)).to.equal(true);
  }

  async function linkOf(projectId: string): Promise<string> {
    const link = [...world.sandbox.state.links.values()].find(
      ({ externalProjectId }) => externalProjectId === projectId,
    );
    if (!link) throw new Error(`project ${projectId} has no link`);
    return link.id;
  }

  it('two links on the job are two events and one invitation', async () => {
    hire('ann');
    await join('ann');
    await world.sandbox.control.settled();
    const told = [...world.sandbox.state.deliveries.values()].filter(({ type }) => type === 'contract.started');
    expect(told).to.have.length(2);
    await command('reconcile');
    expect(mailsTo('ann')).to.have.length(1);
  });

  it('a delivery that comes again has no second effect', async () => {
    const [first] = [...world.sandbox.state.deliveries.values()].filter(({ type }) => type === 'contract.started');
    world.sandbox.control.redeliver(first?.id ?? '');
    await world.sandbox.control.settled();
    expect(mailsTo('ann')).to.have.length(1);
    expect(await isIn('ann')).to.equal(true);
  });

  it('a link that is re-pointed disturbs nobody', async () => {
    await command('unlink', await linkOf(projects[0] ?? ''));
    await command('unlink', await linkOf(projects[1] ?? ''));
    await command('link', projects[0] ?? '', jobId);
    await new Promise((resolve) => setTimeout(resolve, (GRACE_SECONDS + 1) * 1000));
    await command('reconcile');
    expect(await isIn('ann')).to.equal(true);
  });

  it('an end that OpenTrain failed to tell is shown by a dry run, which changes nothing, and done by reconcile', async () => {
    hire('bob');
    await join('bob');
    world.sandbox.control.dropNextEvents(1);
    end('bob');
    await world.sandbox.control.settled();
    const plan: { workEmail: string; action: string; why: string }[] = JSON.parse(
      await command('reconcile', '--dry-run', '--json'),
    );
    expect(plan.find(({ workEmail }) => workEmail === emailOf('bob'))).to.include({ action: 'remove' });
    expect(plan.find(({ workEmail }) => workEmail === emailOf('ann'))).to.include({ action: 'keep' });
    const shown = await command('reconcile', '--dry-run');
    expect(shown).to.match(/^- +remove +bob <bob@opentrain\.work> .*contract ctr_\w+ \(Moods\) ended on/m);
    expect(shown).to.contain('Nothing was changed');
    expect(await isIn('bob')).to.equal(true);
    await command('reconcile');
    expect(await isIn('bob')).to.equal(false);
    expect(await isIn('ann')).to.equal(true);
  });

  it('a reconnect revokes the old grant and throws nobody out; with the new token it carries on', async () => {
    const { token } = world.sandbox.control.reconnect();
    await waitFor('the plugin to notice', async () =>
      /disconnected/i.test((await world.command('status', '--json')).output),
    );
    expect(await isIn('ann')).to.equal(true);
    await plugin.stop('SIGTERM');
    expect(await isIn('ann')).to.equal(true);
    const environment = { ...world.environment, OPENTRAIN_PARTNER_TOKEN: token };
    plugin = await startPlugin(environment, world.pluginUrl);
    hire('cleo');
    await world.mailbox.mailTo(emailOf('cleo'));
    hire('dora');
    await join('dora');
    expect(await isIn('ann')).to.equal(true);
    end('ann');
    await waitFor('ann to be out', async () => !(await isIn('ann')));
  });

  it('revoke-all reports each person, and they stay out', async () => {
    const { exitCode, output, errors } = await world.command('revoke-all', '--yes');
    expect(exitCode, output + errors).to.equal(0);
    expect(output).to.match(/dora@opentrain\.work> +active +revoked/);
    expect(output).to.match(/cleo@opentrain\.work> +invited +revoked/);
    expect(output).not.to.contain(emailOf('bob'));
    expect(await isIn('dora')).to.equal(false);
  });
});

/** What an admin sees of accounts that nobody knows on a real Label Studio, and does about them with commands. */
import { expect } from 'chai';
import { z } from 'zod';
import { signUp } from '../../adapters/label-studio/sign-up.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { testWorld } from '../support/worlds.ts';

const PASSWORD = 'seven purple lanterns';
const listed = z.array(z.object({ tool_user_id: z.string(), name: z.string() }));
const checks = z.array(z.object({ id: z.string(), result: z.string(), why: z.string() }));

describe('accounts that nobody knows, by command', function () {
  this.timeout(180_000);
  let world: World;
  let owner: LabelStudioSession;
  before(async () => {
    world = await testWorld({ tool: 'label-studio', database: 'sqlite' });
    const { baseUrl, adminEmail, adminPassword } = world.tool;
    owner = await LabelStudioSession.mustSignIn(baseUrl, adminEmail, adminPassword);
  });
  after(() => world.close());

  const join = async (email: string) =>
    signUp(world.tool.baseUrl, await owner.inviteToken(), { email, password: PASSWORD });
  const isIn = async (email: string) => (await LabelStudioSession.signIn(world.tool.baseUrl, email, PASSWORD)) !== null;

  it('are listed by accounts, doctor and report; one is closed, one is a colleague’s, and an old one is a trainer’s', async () => {
    const { control } = world.sandbox;
    await join('bob@opentrain.work');
    const { projectId } = await owner.createProject('Accounts', ['a text']);
    const { id: jobId } = control.createJob({ title: 'A', paymentType: 'PAY_PER_LABEL', fundedVolume: 10 });
    const bob = control.createTrainer({ displayName: 'Bob', workEmail: 'bob@opentrain.work' });
    const plugin = await world.start();
    expect((await world.command('link', projectId, jobId)).exitCode).to.equal(0);
    control.hire({ jobId, trainerId: bob.opentrainUserId });
    await world.mailbox.mailTo('bob@opentrain.work');
    const confirmed = await world.command('confirm-account', bob.opentrainUserId);
    expect(confirmed.output).to.match(/Account \d+ \(bob@opentrain\.work\) is recorded as trainer/);
    expect(await isIn('bob@opentrain.work')).to.equal(true);

    for (const name of ['stranger', 'colleague']) await join(`${name}@example.com`);
    const found = listed.parse(JSON.parse((await world.command('accounts', '--json')).output));
    expect(found.map(({ name }) => name).sort()).to.deep.equal(['colleague@example.com', 'stranger@example.com']);
    const doctor = z
      .object({ checks })
      .or(checks)
      .parse(JSON.parse((await world.command('doctor', '--json')).output));
    const line = (Array.isArray(doctor) ? doctor : doctor.checks).find(({ id }) => id === 'new-accounts');
    expect(line?.result).to.equal('warning');
    expect(line?.why).to.include('stranger@example.com').and.to.include('perhaps by').and.not.to.include('bob@');
    const report = (await world.command('report')).output;
    expect(report).to.include('Accounts in the tool that nobody knows').and.to.include('stranger@example.com');

    const idOf = (wanted: string) => found.find(({ name }) => name.startsWith(wanted))?.tool_user_id ?? '';
    expect((await world.command('accounts', '--close', idOf('stranger'))).output).to.include('is closed.');
    expect(await isIn('stranger@example.com')).to.equal(false);
    expect((await world.command('accounts', '--confirm', idOf('colleague'))).output).to.include('colleague');
    expect(await isIn('colleague@example.com')).to.equal(true);
    expect((await world.command('accounts')).output).to.include('Every account that joined since the first start is');
    const again = await world.command('accounts', '--close', idOf('colleague'));
    expect(again.exitCode, 'a colleague is not closed this way').to.equal(1);
    expect((await world.command('confirm-account', 'usr_nobody')).errors).to.include('There is no trainer usr_nobody');
    await plugin.stop();
    await waitFor('the plugin to end', () => plugin.process.exitCode !== null || plugin.process.signalCode !== null);
  });
});

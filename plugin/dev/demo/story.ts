/** The whole story on real software: hired, invited, labelling, counted, ended, gone. Each step says what was checked. */
import type { LocalTrainer } from '../../../adapters/local-tool.ts';
import { linkIn } from './mailbox.ts';
import type { Narrator } from './narrator.ts';
import type { RunningPlugin } from './plugin-process.ts';
import { waitFor } from './wait-for.ts';
import { openPage, submitForm } from './web-form.ts';
import type { World } from './world.ts';

const PASSWORD = 'correct-horse-battery-41';
const SECONDS_A_LABEL = 30;

interface Cast {
  world: World;
  tell: Narrator;
  jobId: string;
  projectId: string;
}

interface Person {
  trainerId: string;
  email: string;
  contractId: string;
}

/** Plays the story and leaves the plugin running. Throws when a check does not hold. */
export async function playStory(world: World, tell: Narrator): Promise<RunningPlugin> {
  const cast = await setTheStage(world, tell);
  const early = hire(cast, 'Early Bird');
  tell.check(`${early.email} was hired before the plugin ran: no webhook will ever tell of it`, true);
  const plugin = await startAndReconcile(cast, early);
  try {
    const trainer = await hireAndInvite(cast);
    const session = await joinAndLabel(cast, trainer);
    await countAndReport(cast, trainer, session);
    await endContract(cast, trainer, session);
    return await restart(cast, plugin);
  } catch (error) {
    await plugin.stop();
    throw error;
  }
}

async function setTheStage(world: World, tell: Narrator): Promise<Cast> {
  tell.step('OpenTrain has an install with a token and a job; the tool has a project; the admin links the two');
  const job = world.sandbox.control.createJob({
    title: 'Sort sentences by mood',
    paymentType: 'PAY_PER_LABEL',
    fundedVolume: 100,
    fundedAmountUsd: 50,
  });
  const project = await world.people.createProject('Sentences by mood', 12);
  const linked = await world.command('link', project.id, job.id);
  tell.check(`\`opentrain-plugin link ${project.id} ${job.id}\` ends with 0`, linked.exitCode === 0);
  const link = [...world.sandbox.state.links.values()].find(({ jobId }) => jobId === job.id);
  tell.check(`OpenTrain holds the link to project ${project.id}`, link?.externalProjectId === project.id);
  tell.look(`OpenTrain sandbox ${world.sandbox.origin}/sandbox`);
  tell.look(`annotation tool ${world.tool.baseUrl} (${world.tool.adminEmail} / ${world.tool.adminPassword})`);
  return { world, tell, jobId: job.id, projectId: project.id };
}

function hire({ world, jobId }: Cast, displayName: string): Person {
  const email = `${displayName.toLowerCase().replaceAll(' ', '.')}@opentrain.work`;
  const trainer = world.sandbox.control.createTrainer({ displayName, workEmail: email });
  const contract = world.sandbox.control.hire({ jobId, trainerId: trainer.opentrainUserId });
  return { trainerId: trainer.opentrainUserId, email, contractId: contract.id };
}

async function startAndReconcile({ world, tell }: Cast, early: Person): Promise<RunningPlugin> {
  tell.step('The plugin starts, checks the connection, makes its webhook endpoint and catches up with what was before');
  const plugin = await world.start();
  const endpoint = await waitFor('a webhook endpoint', () => [...world.sandbox.state.endpoints.values()][0]);
  tell.check(
    `its endpoint at OpenTrain is ${endpoint.status} for ${endpoint.eventTypes.length} kinds of event`,
    endpoint.status === 'ACTIVE',
  );
  const mail = await world.mailbox.mailTo(early.email);
  tell.check(`${early.email} got "${mail.subject}": found by reading the contracts, not by a webhook`, true);
  tell.look(`health ${world.pluginUrl}/readyz`);
  return plugin;
}

async function hireAndInvite(cast: Cast): Promise<Person & { invitation: string }> {
  const { world, tell } = cast;
  tell.step('A trainer is hired: contract.started arrives, is verified, stored, answered, and an invitation goes out');
  const trainer = hire(cast, 'Ada Trainer');
  const mail = await world.mailbox.mailTo(trainer.email);
  const invitation = linkIn(mail, `${world.pluginUrl}/invitations/`);
  await world.sandbox.control.settled();
  const delivery = [...world.sandbox.state.deliveries.values()].findLast(({ type }) => type === 'contract.started');
  tell.check(
    'OpenTrain saw the delivery acknowledged at the first attempt',
    delivery?.status === 'SUCCEEDED' && delivery.attempts.length === 1,
  );
  tell.check(
    `the mail to ${trainer.email} links to our own page, not to the tool's shared invite link`,
    invitation.startsWith(world.pluginUrl),
  );
  return { ...trainer, invitation };
}

async function joinAndLabel(
  { world, tell, projectId }: Cast,
  trainer: Person & { invitation: string },
): Promise<LocalTrainer> {
  tell.step('The trainer opens the page, chooses a password, and labels in the tool');
  const page = await submitForm(trainer.invitation, { password: PASSWORD });
  tell.check(
    'the page leads to the project',
    page.status < 400 && page.html.includes(projectAddress(world, projectId)),
  );
  const session = await world.people.signIn({ email: trainer.email, password: PASSWORD });
  tell.check(`${trainer.email} signs in to the tool with that password`, session !== null);
  if (!session) throw new Error('no session');
  const again = await openPage(trainer.invitation);
  tell.check('the invitation cannot be used again', !again.html.includes('name="password"'));
  return session;
}

function projectAddress(world: World, projectId: string): string {
  return `${world.tool.baseUrl}/projects/${projectId}`;
}

/** What OpenTrain holds for a contract: labels, by day. */
function heldLabels(world: World, contractId: string): number[] {
  const usage = world.sandbox.state.contracts.get(contractId)?.usage.values() ?? [];
  return [...usage].map(({ labelsCompleted }) => labelsCompleted ?? 0);
}

async function countAndReport({ world, tell, projectId }: Cast, trainer: Person, session: LocalTrainer): Promise<void> {
  tell.step("sync tallies the tool's own database and reports totals for each day");
  const annotations: string[] = [];
  for (let index = 0; index < 3; index += 1)
    annotations.push(await session.annotate(projectId, { seconds: SECONDS_A_LABEL }));
  const sync = async (): Promise<number> => {
    const before = world.sandbox.control.countRequests({ method: 'POST', path: '/usage' });
    const { exitCode, output, errors } = await world.command('sync', '--contract', trainer.contractId);
    if (exitCode !== 0) throw new Error(`sync ended with ${exitCode}: ${output} ${errors}`);
    return world.sandbox.control.countRequests({ method: 'POST', path: '/usage' }) - before;
  };
  await sync();
  tell.check('OpenTrain holds 3 labels for the day', heldLabels(world, trainer.contractId).join() === '3');

  tell.check('a second sync sends nothing', (await sync()) === 0);
  await session.withdraw(annotations[0] ?? '');
  await sync();
  tell.check('a deleted annotation lowers the day to 2', heldLabels(world, trainer.contractId).join() === '2');
  for (const id of annotations.slice(1)) await session.withdraw(id);
  await sync();
  tell.check('a day that became empty is sent as 0', heldLabels(world, trainer.contractId).join() === '0');
  for (let index = 0; index < 2; index += 1) await session.annotate(projectId, { seconds: SECONDS_A_LABEL });
  const status = await world.command('status', '--json');
  tell.check('the budget that came back is stored', status.output.includes(trainer.contractId));
  tell.look('opentrain-plugin report: the nightly report, now');
}

async function endContract(cast: Cast, trainer: Person, session: LocalTrainer): Promise<void> {
  const { world, tell, projectId } = cast;
  tell.step('The contract ends: final count, membership removed, account closed, and a look at what they still reach');
  const before = await session.reaches(projectId);
  tell.check(`before: their session reaches ${before.length} things`, before.length > 0);
  world.sandbox.control.endContract(trainer.contractId);
  await waitFor('removal', async () => (await session.reaches(projectId)).length === 0);
  tell.check('after: their old session reaches nothing', true);
  tell.check(
    'a new sign-in is refused',
    (await world.people.signIn({ email: trainer.email, password: PASSWORD })) === null,
  );
  await waitFor('the final count', () => heldLabels(world, trainer.contractId).join() === '2');
  tell.check('the final count was sent: 2 labels', true);
  const status = await waitFor('the state revoked', async () => {
    const { output } = await world.command('status', '--json');
    return /"revoked(-partial)?"/.exec(output)?.[0];
  });
  tell.check('`status` says revoked, not revoked-partial', status === '"revoked"');
  const admin = await world.people.signIn({ email: world.tool.adminEmail, password: world.tool.adminPassword });
  tell.check('the admin is still a member', admin !== null);
}

async function restart({ world, tell }: Cast, plugin: RunningPlugin): Promise<RunningPlugin> {
  tell.step('SIGTERM drains and exits 0; a new start carries on');
  tell.check('the plugin ended with 0', (await plugin.stop('SIGTERM')) === 0);
  const mails = world.mailbox.mails.length;
  const contractsRead = () => world.sandbox.control.countRequests({ method: 'GET', path: '/contracts' });
  const before = contractsRead();
  const again = await world.start();
  await waitFor('a reconcile', () => contractsRead() >= before + 2);
  tell.check('it read all contracts again, and nobody was invited twice', world.mailbox.mails.length === mails);
  return again;
}

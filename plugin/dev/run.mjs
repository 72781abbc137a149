// Runs a TypeScript file with the Node that the project needs (24 or newer), on a machine with any Node from 20 on:
// installs the locked packages first when they are missing or out of date. Plain JavaScript, since it runs before them.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const modules = join(root, 'node_modules');

function packagesAreInstalled() {
  const installed = join(modules, '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || present[path]?.version === entry.version,
  );
}

function suitable(node) {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  return Number(/^v(\d+)/.exec(version)?.[1] ?? 0) >= 24;
}

if (!packagesAreInstalled()) {
  console.error('Installing packages (npm ci) …');
  const windows = process.platform === 'win32';
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: windows,
  });
  if (status !== 0) {
    console.error(
      'npm ci failed: see its message above. It needs the npm registry; run it again when that is reachable.',
    );
    process.exit(1);
  }
}

const node = [join(modules, 'node', 'bin', 'node'), process.execPath].find(
  (path) => existsSync(path) && suitable(path),
);
if (!node) {
  console.error(
    `Node 24 or newer is needed and the package "node" did not bring it. Install it from https://nodejs.org.`,
  );
  process.exit(1);
}
const child = spawn(node, process.argv.slice(2), { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 128 : 1)));

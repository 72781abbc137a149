/**
 * `npm run bare-machine [-- [--root|--ordinary-user] COMMAND…]`: on a bare Debian with Python 3 and Node 20, in a fresh clone of the
 * last commit, in a network without this machine's servers, as root and as an ordinary user (or one of them), runs the README's
 * commands (`npm run demo` and the whole `npm test`), or the given one. Linux, as root; takes a long time.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BareRoot, makeBareRoot } from '../support/bare-root.ts';
import { startOwnNetwork } from '../support/own-network.ts';

const repository = resolve(import.meta.dirname, '../..');
const COMMANDS = [
  ['npm', 'run', 'demo', '--', '--no-wait'],
  ['npm', 'test'],
];
const OLDEST_NODE = 'node@20';

if (process.getuid?.() !== 0) {
  console.error('Making a bare Debian takes root: run this command as root, on Linux with debootstrap.');
  process.exit(1);
}
const USERS: Readonly<Record<string, boolean[]>> = { '--root': [false], '--ordinary-user': [true] };
const [first = '', ...others] = process.argv.slice(2);
const users = USERS[first] ?? [false, true];
const given = USERS[first] ? others : process.argv.slice(2);
const commands = given.length > 0 ? [given] : COMMANDS;
const network = await startOwnNetwork();
let failed = 0;
for (const ordinaryUser of users) {
  const root = await makeBareRoot(join(repository, '.cache'), OLDEST_NODE);
  try {
    clone(root, ordinaryUser);
    for (const command of commands) if (!(await runs(root, command, ordinaryUser))) failed += 1;
  } finally {
    root.remove();
  }
}
network.stop();
process.exit(failed > 0 ? 1 : 0);

function clone(root: BareRoot, ordinaryUser: boolean): void {
  const folder = join(root.folder, 'srv/plugin');
  mkdirSync(folder);
  const copy = spawnSync('sh', ['-c', `git archive HEAD | tar --extract --directory "$TO"`], {
    cwd: repository,
    env: { ...process.env, TO: folder },
    stdio: 'inherit',
  });
  if (copy.status !== 0) throw new Error('the last commit could not be copied');
  if (ordinaryUser) spawnSync('chroot', [root.folder, 'chown', '--recursive', 'tester', '/srv/plugin']);
}

function runs(root: BareRoot, command: string[], ordinaryUser: boolean): Promise<boolean> {
  const words = `${command.join(' ')}, as ${ordinaryUser ? 'an ordinary user' : 'root'}`;
  console.log(`\n▸ ${words}`);
  const child = root.spawn(command, { directory: '/srv/plugin', ordinaryUser, enterNetwork: network.enter });
  child.stdout?.pipe(process.stdout, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  return new Promise((settle) => {
    child.on('error', (error) => {
      console.error(error.message);
      settle(false);
    });
    child.on('close', (exitCode) => {
      console.log(`\n${words}: ended with ${exitCode}`);
      settle(exitCode === 0);
    });
  });
}

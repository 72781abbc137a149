/** A network of its own for a bare root: nothing that listens on this machine answers there. Linux, as root, with slirp4netns. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { provideDebianPackages } from './debian-packages.ts';

const SLIRP = '/usr/bin/slirp4netns';
/** Below that of common tunnels. */
const LARGEST_PACKET = 1_400;

export interface OwnNetwork {
  /** The words before a command that run it in this network. */
  enter: readonly string[];
  stop(): void;
}

export interface KeptNetwork extends OwnNetwork {
  /** The process that it belongs to. */
  keeper: ChildProcess;
}

/** A network namespace with nothing in it, not even a way to itself. It is gone when it is stopped and nothing runs in it. */
export async function keepNetwork(): Promise<KeptNetwork> {
  const keeper = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
  await waitFor('a network namespace', () => alive(keeper) && networkOf(keeper.pid) !== networkOf('self'));
  return { enter: ['nsenter', `--net=/proc/${keeper.pid}/ns/net`], keeper, stop: () => keeper.kill('SIGKILL') };
}

/** A network namespace whose only way out is a gateway to the outside: registries answer, this machine's own servers do not. */
export async function startOwnNetwork(): Promise<OwnNetwork> {
  if (!existsSync(SLIRP)) provideDebianPackages(['slirp4netns'], console.log);
  const { enter, keeper, stop: stopKeeper } = await keepNetwork();
  const pid = String(keeper.pid);
  const gateway = spawn(
    SLIRP,
    ['--configure', `--mtu=${LARGEST_PACKET}`, '--disable-host-loopback', '--ready-fd=3', pid, 'tap0'],
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] },
  );
  let ready = false;
  gateway.stdio[3]?.on('data', () => {
    ready = true;
  });
  const stop = (): void => {
    gateway.kill('SIGKILL');
    stopKeeper();
  };
  process.once('exit', stop);
  await waitFor('the way out of the network namespace', () => alive(gateway) && ready);
  return { enter, stop };
}

function alive(child: ChildProcess): true {
  if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
  return true;
}

const networkOf = (pid: number | 'self' | undefined): string => readlinkSync(`/proc/${pid}/ns/net`);

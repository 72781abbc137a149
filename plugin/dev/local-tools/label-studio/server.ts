/** Label Studio on this machine, for the demonstration and the tests: a fresh instance in seconds. */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import axios from 'axios';
import { compareVersions } from '../../../../adapters/label-studio/versions.ts';
import type { LocalTool, LocalToolOptions } from '../../../../adapters/local-tool.ts';
import { copyOfTemplate } from '../fresh-postgres.ts';
import { withLock } from '../lock.ts';
import { installPythonProgram, runToEnd } from '../python-program.ts';
import { type RunningServer, startOnFreePort } from '../server-process.ts';
import { giveOwnerSecrets } from './owner.ts';

export const localVersion = '1.23.2';
const ownerEmail = 'admin@example.com';
const databaseFile = 'label_studio.sqlite3';

export interface LocalLabelStudioOptions extends LocalToolOptions {
  /** LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK: nobody joins without the invite link. Default true, as an admin should have it. */
  disableSignupWithoutLink?: boolean;
  /** Another version than the usual one: it is installed into a folder of its own. */
  version?: string;
}

interface InstanceDatabase {
  environment: NodeJS.ProcessEnv;
  url: string;
  drop(): Promise<void>;
}

/**
 * Installs Label Studio into `<cacheDirectory>/label-studio` (once), prepares a template database (once) and starts a fresh
 * copy on a free port of 127.0.0.1. The owner has a random password and a random legacy token, which is enabled.
 * Throws {@link AdminError} with the program's last words when a step fails.
 */
export async function startLocalLabelStudio(options: LocalLabelStudioOptions): Promise<LocalTool> {
  const cache = resolve(options.cacheDirectory);
  const version = options.version ?? localVersion;
  const folder = join(cache, version === localVersion ? 'label-studio' : `label-studio-${version}`);
  const program = join(folder, 'bin', 'label-studio');
  const requirements = [`label-studio==${version}`, 'psycopg2-binary', ...extraRequirements(version)];
  await installPythonProgram(
    { directory: folder, distribution: `label_studio-${version}`, requirements },
    options.progress,
  );
  const directory = await mkdtemp(join(tmpdir(), 'opentrain-label-studio-'));
  let database: InstanceDatabase | undefined;
  try {
    database = await freshDatabase({ program, version, cache, directory }, options);
    const secrets = { password: randomBytes(12).toString('base64url'), token: randomBytes(20).toString('hex') };
    await giveOwnerSecrets(database.url, ownerEmail, secrets);
    options.progress('Starting Label Studio');
    const environment = {
      ...baseEnvironment(directory),
      ...database.environment,
      LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK: String(options.disableSignupWithoutLink ?? true),
      ...(options.publicUrl ? { LABEL_STUDIO_HOST: options.publicUrl } : {}),
    };
    const { baseUrl, stop } = await serve(program, environment, secrets.token);
    options.progress(`Label Studio ${version} answers at ${baseUrl}`);
    return {
      baseUrl,
      databaseUrl: database.url,
      apiToken: secrets.token,
      adminEmail: ownerEmail,
      adminPassword: secrets.password,
      stop: async () => {
        await stop();
        await cleanUp(directory, database);
      },
    };
  } catch (error) {
    await cleanUp(directory, database);
    throw error;
  }
}

/** Versions before 1.23.1 may use pkg_resources, which setuptools 81 and later lack; newer ones ask for setuptools 83 or later. */
function extraRequirements(version: string): readonly string[] {
  return compareVersions(version, '1.23.1') < 0 ? ['setuptools<81'] : [];
}

async function cleanUp(directory: string, database: InstanceDatabase | undefined): Promise<void> {
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
}

interface Installed {
  program: string;
  version: string;
  cache: string;
  /** Of this instance. */
  directory: string;
}

async function freshDatabase(installed: Installed, options: LocalToolOptions): Promise<InstanceDatabase> {
  const { program, version, directory } = installed;
  if (options.database === 'sqlite') {
    const template = await sqliteTemplate(installed, options.progress);
    const path = join(directory, databaseFile);
    await copyFile(template, path);
    return { environment: {}, url: `sqlite:${path}`, drop: async () => undefined };
  }
  const name = `opentrain_label_studio_${version.replaceAll('.', '_')}`;
  const copy = await copyOfTemplate(options.database.serverUrl, name, async (url) => {
    const scratch = await mkdtemp(join(tmpdir(), 'opentrain-label-studio-template-'));
    try {
      await initialise(program, { ...baseEnvironment(scratch), ...postgresEnvironment(url) }, options.progress);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  return { environment: postgresEnvironment(copy.url), url: copy.url, drop: copy.drop };
}

/** The path of an initialised SQLite file; it appears under its name only when it is whole. */
async function sqliteTemplate(
  { program, version, cache }: Installed,
  progress: (line: string) => void,
): Promise<string> {
  const template = join(cache, `label-studio-${version}-template.sqlite3`);
  await withLock(`${template}.lock`, async () => {
    if (await stat(template).catch(() => undefined)) return;
    await mkdir(cache, { recursive: true });
    const scratch = await mkdtemp(join(cache, 'label-studio-template-'));
    try {
      await initialise(program, baseEnvironment(scratch), progress);
      await rename(join(scratch, databaseFile), template);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  return template;
}

async function initialise(
  program: string,
  environment: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  progress('Preparing Label Studio’s database (once, under a minute)');
  const owner = {
    LABEL_STUDIO_USERNAME: ownerEmail,
    LABEL_STUDIO_PASSWORD: randomBytes(16).toString('hex'),
    LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN: 'true',
  };
  await runToEnd(program, ['init', '--no-browser'], { ...environment, ...owner }, progress);
}

/** Only what Python needs, and Label Studio's own settings: what the caller's shell holds must not leak in. */
function baseEnvironment(directory: string): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    LANG,
    TMPDIR,
    LABEL_STUDIO_BASE_DATA_DIR: directory,
    COLLECT_ANALYTICS: 'false',
    LATEST_VERSION_CHECK: 'false',
    SENTRY_DSN: '',
    FRONTEND_SENTRY_DSN: '',
  };
}

function postgresEnvironment(databaseUrl: string): NodeJS.ProcessEnv {
  const url = new URL(databaseUrl);
  return {
    DJANGO_DB: 'default',
    POSTGRE_NAME: url.pathname.slice(1),
    POSTGRE_USER: decodeURIComponent(url.username),
    POSTGRE_PASSWORD: decodeURIComponent(url.password),
    POSTGRE_HOST: url.hostname,
    POSTGRE_PORT: url.port || '5432',
  };
}

function serve(
  program: string,
  environment: NodeJS.ProcessEnv,
  token: string,
): Promise<RunningServer & { baseUrl: string }> {
  return startOnFreePort({
    program: (port, baseUrl) => ({
      command: program,
      parameters: ['start', '--no-browser', '--internal-host', '127.0.0.1', '--port', String(port)],
      environment,
      readyUrl: `${baseUrl}/health`,
    }),
    isOurs: (baseUrl) => knowsOurToken(baseUrl, token),
  });
}

async function knowsOurToken(baseUrl: string, token: string): Promise<boolean> {
  const response = await axios.get(`${baseUrl}/api/current-user/whoami`, {
    headers: { Authorization: `Token ${token}` },
    maxRedirects: 0,
    validateStatus: () => true,
    timeout: 30_000,
    proxy: false,
  });
  return response.status === 200;
}

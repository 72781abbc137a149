/** A Python program in a virtual environment of its own. */
import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AdminError, messageOf } from '../../errors.ts';
import { withLock } from './lock.ts';

export interface PythonProgram {
  /** Where the virtual environment is, or will be. */
  directory: string;
  /** The distribution and the version that must be there, as pip writes its directory: `label_studio-1.23.2`. */
  distribution: string;
  /** What pip is asked for. */
  requirements: readonly string[];
}

/** Makes the virtual environment and installs the program, unless it is there. Throws {@link AdminError} when that fails. */
export async function installPythonProgram(program: PythonProgram, progress: (line: string) => void): Promise<void> {
  if (await isInstalled(program)) return;
  await withLock(`${program.directory}.lock`, async () => {
    if (await isInstalled(program)) return;
    progress(`Installing ${program.requirements.join(' ')} (once, a few minutes)`);
    await mkdir(program.directory, { recursive: true });
    await runToEnd('python3', ['-m', 'venv', program.directory], process.env, progress);
    const pip = [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--progress-bar',
      'off',
      ...program.requirements,
    ];
    await runToEnd(join(program.directory, 'bin', 'python'), pip, process.env, progress);
  });
}

async function isInstalled(program: PythonProgram): Promise<boolean> {
  const libraries = join(program.directory, 'lib');
  for (const python of await readdir(libraries).catch((): string[] => [])) {
    const packages = await readdir(join(libraries, python, 'site-packages')).catch((): string[] => []);
    // pip installs what was asked for last, after all it depends on.
    if (packages.includes(`${program.distribution}.dist-info`)) return true;
  }
  return false;
}

/**
 * Runs a program until it ends; its last words are told when it fails ({@link AdminError}). `progress` hears what pip says
 * about packages.
 */
export function runToEnd(
  command: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const listen = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-4000);
      for (const line of chunk.toString().split('\n')) {
        if (/^(Collecting|Installing collected)/.test(line)) progress(line.slice(0, 100));
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', (error) => {
      const remedy = 'Python 3 with its venv module is needed; on Debian: apt-get install python3-venv.';
      reject(new AdminError(`${basename(command)} cannot be started: ${messageOf(error)}.`, remedy));
    });
    child.on('close', (code) => {
      if (code === 0) return resolve();
      const lastWords = output.trim().split('\n').slice(-15).join('\n');
      const what = [basename(command), ...parameters.slice(0, 3)].join(' ');
      reject(new AdminError(`“${what}” failed (exit code ${code}).`, `Its last words:\n${lastWords}`));
    });
  });
}

/** The plugin as its own process, as an admin runs it: `start` beside one-off commands on the same settings. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Environment = Readonly<Record<string, string>>;

export interface Finished {
  exitCode: number | null;
  output: string;
  errors: string;
}

export interface RunningPlugin {
  process: ChildProcess;
  /** What it wrote to standard error so far. */
  log(): string;
  /** Sends the signal and resolves with the exit code (null when it died of the signal). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

type PrintedListener = (command: string, environment: Environment, text: string) => void;

const listeners = new Set<PrintedListener>();

/** Tells from now on, of every process that has ended, what it printed to both of its streams. */
export function onPrinted(listener: PrintedListener): void {
  listeners.add(listener);
}

function tell(command: string, environment: Environment, text: string): void {
  for (const listener of listeners) listener(command, environment, text);
}

const main = fileURLToPath(new URL(`../../main${extname(import.meta.url)}`, import.meta.url));
const START_PATIENCE_MS = 60_000;

/** The environment of a child: only the given settings, none of the caller's. */
function childEnvironment(environment: Environment): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...environment };
}

/** Runs one command to its end. */
export async function runCommand(parameters: readonly string[], environment: Environment): Promise<Finished> {
  const child = spawn(process.execPath, [main, ...parameters], {
    env: childEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8');
  });
  await once(child, 'close');
  tell(parameters.join(' '), environment, `${output}\n${errors}`);
  return { exitCode: child.exitCode, output, errors };
}

/**
 * Runs `start` and resolves once /readyz answers 200 at `url`. Rejects with what it wrote when it ends before. `program` is the
 * file of the command line, this version's when absent.
 */
export async function startPlugin(
  environment: Environment,
  url: string,
  program = main,
  flags: readonly string[] = [],
): Promise<RunningPlugin> {
  const child = spawn(process.execPath, [program, 'start', ...flags], {
    env: childEnvironment(environment),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString('utf8');
  });
  // Not `exit`: what it wrote last may arrive after that.
  const exited = once(child, 'close').then(() => tell('start', environment, log));
  const running: RunningPlugin = {
    process: child,
    log: () => log,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
      }
      await exited;
      return child.exitCode;
    },
  };
  const deadline = Date.now() + START_PATIENCE_MS;
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return running;
    if (Date.now() > deadline) {
      await running.stop('SIGKILL');
      throw new Error(`the plugin was not ready within ${START_PATIENCE_MS / 1_000} s: ${log}`);
    }
    await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  await exited;
  throw new Error(`the plugin ended with ${child.exitCode ?? child.signalCode}: ${log}`);
}

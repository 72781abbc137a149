/** A server of Debian's for a test, as an ordinary user with files in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';

/** Debian's `nobody` and `nogroup`: these servers refuse or give up root. */
const NOBODY = 65_534;

export interface ServerProgram {
  command: string;
  parameters: string[];
  /** Where it listens, on 127.0.0.1. */
  port: number;
  /** Holds its configuration; the user that it runs as may write there. */
  folder: string;
}

export interface RunningProgram {
  /** What it wrote to standard error. */
  log(): string;
  stop(): Promise<void>;
}

export function makeServerFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `plugin-${name}-`));
}

/** Resolves when it takes connections. Rejects with what it wrote when it ends before. */
export async function startProgram({ command, parameters, port, folder }: ServerProgram): Promise<RunningProgram> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const name of ['.', ...readdirSync(folder)]) chownSync(join(folder, name), NOBODY, NOBODY);
  const child = spawn(command, parameters, {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString('utf8');
  });
  const stop = (): Promise<void> => end(child);
  try {
    await once(child, 'spawn');
    await waitFor(`${command} on port ${port}`, () => {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${log}`);
      return takesConnections(port);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { log: () => log, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

export function removeServerFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

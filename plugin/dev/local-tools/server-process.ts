/** A server program as a child: started, waited for, and ended with everything that it started itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import axios from 'axios';
import { AdminError, messageOf } from '../../errors.ts';

export interface ServerProgram {
  command: string;
  parameters: readonly string[];
  environment: NodeJS.ProcessEnv;
  /** Answers 200 as soon as the server can serve. */
  readyUrl: string;
  /** Default 120. */
  readyTimeoutSeconds?: number;
}

export interface RunningServer {
  /** Ends the server and all of its children; waits until they are gone. */
  stop(): Promise<void>;
}

export interface ServerOnFreePort {
  /** The program that serves on this port, at this address. */
  program: (port: number, baseUrl: string) => ServerProgram;
  /** Whether it is our server that answers there, and not another one that got the port first: it knows our token. */
  isOurs: (baseUrl: string) => Promise<boolean>;
}

/** The port may be taken by somebody else between finding it free and listening on it. */
const PORT_ATTEMPTS = 3;

/** Starts the server on a free port of 127.0.0.1. Throws {@link AdminError} with its last words when it does not come up. */
export async function startOnFreePort(wanted: ServerOnFreePort): Promise<RunningServer & { baseUrl: string }> {
  const failures: string[] = [];
  while (failures.length < PORT_ATTEMPTS) {
    const port = await freePort();
    const baseUrl = `http://127.0.0.1:${port}`;
    try {
      return { ...(await startOurs(wanted, port, baseUrl)), baseUrl };
    } catch (error) {
      failures.push(`port ${port}: ${messageOf(error)}${error instanceof AdminError ? ` ${error.remedy}` : ''}`);
    }
  }
  throw new AdminError(`The local server did not come up in ${PORT_ATTEMPTS} attempts.`, failures.join('\n'));
}

async function startOurs({ program, isOurs }: ServerOnFreePort, port: number, baseUrl: string): Promise<RunningServer> {
  const server = await startServer(program(port, baseUrl));
  try {
    if (await isOurs(baseUrl)) return server;
    throw new AdminError('Another server answers there.', 'Try again.');
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A TCP port on 127.0.0.1 that nobody listens on at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Starts the server and waits until it is ready. Throws {@link AdminError} with its last words when it is not. */
async function startServer(program: ServerProgram): Promise<RunningServer> {
  const child = spawn(program.command, program.parameters, {
    env: program.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that stopping reaches its children too.
    detached: true,
  });
  let lastWords = '';
  const listen = (chunk: Buffer): void => {
    lastWords = (lastWords + chunk.toString()).slice(-4000);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  child.on('error', (error) => listen(Buffer.from(error.message)));
  const endWithUs = (): void => signalGroup(child, 'SIGKILL');
  process.on('exit', endWithUs);
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs);
    await endGroup(child);
  };
  try {
    await untilReady(child, program.readyUrl, program.readyTimeoutSeconds ?? 120, () => lastWords);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function untilReady(
  child: ChildProcess,
  url: string,
  timeoutSeconds: number,
  words: () => string,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.pid === undefined) {
      throw new AdminError('The local server ended while it was starting.', `Its last words:\n${words().trim()}`);
    }
    const status = await axios
      .get(url, { timeout: 2000, maxRedirects: 0, validateStatus: () => true, proxy: false })
      .then((response) => response.status)
      .catch(() => 0);
    if (status === 200) return;
    await wait(100);
  }
  throw new AdminError(`The local server was not ready in ${timeoutSeconds} s.`, `Its last words:\n${words().trim()}`);
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  signalGroup(child, 'SIGTERM');
  const impatience = setTimeout(() => signalGroup(child, 'SIGKILL'), 3000);
  await ended;
  clearTimeout(impatience);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** The plugin's processes under a supervisor that starts them again however they end, and what kills them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { freePort } from '../../plugin/dev/demo/world.ts';

const main = resolve(import.meta.dirname, '../../plugin/main.ts');
const RESTART_AFTER_MS = 100;

export interface ReplicaCounts {
  kills: number;
  killsWhileStarting: number;
  /** Ended by itself, as when the store was away while it started. */
  gaveUp: number;
}

export class Replica {
  readonly port: number;
  readonly counts: ReplicaCounts = { kills: 0, killsWhileStarting: 0, gaveUp: 0 };
  readonly #environment: Record<string, string>;
  readonly #log: WriteStream;
  #process: ChildProcess | null = null;
  #wanted = false;
  #expected = false;

  private constructor(port: number, environment: Record<string, string>, log: WriteStream) {
    this.port = port;
    this.#environment = { ...environment, PLUGIN_PORT: String(port) };
    this.#log = log;
  }

  static async create(environment: Record<string, string>, folder: string, name: string): Promise<Replica> {
    return new Replica(await freePort(), environment, createWriteStream(join(folder, `${name}.log`)));
  }

  start(): void {
    this.#wanted = true;
    this.#expected = false;
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [main, 'start'], {
      env: { PATH, HOME, ...this.#environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    child.stderr?.pipe(this.#log, { end: false });
    child.on('exit', () => {
      if (!this.#expected) this.counts.gaveUp += 1;
      if (this.#wanted) setTimeout(() => this.#wanted && this.start(), RESTART_AFTER_MS);
    });
  }

  async isReady(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`, { signal: AbortSignal.timeout(2_500) }).catch(
      () => null,
    );
    return answer?.ok ?? false;
  }

  async untilReady(patienceMs = 60_000): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!(await this.isReady())) {
      if (performance.now() > deadline) throw new Error(`the plugin on port ${this.port} does not get ready`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** SIGKILL, at once; the supervisor starts it again. */
  async kill(): Promise<void> {
    const child = this.#running;
    if (!child) return;
    const wasReady = await this.isReady();
    this.#expected = true;
    this.counts.kills += 1;
    if (!wasReady) this.counts.killsWhileStarting += 1;
    child.kill('SIGKILL');
  }

  /** SIGKILL, and down until `start`: the machine is gone, and whatever it held is for others to take. */
  async takeDown(): Promise<void> {
    this.#wanted = false;
    const child = this.#running;
    const exited = child ? once(child, 'exit') : null;
    await this.kill();
    await exited;
  }

  /** SIGTERM, and no start afterwards. Resolves with the exit code and how long that took in milliseconds. */
  async stop(): Promise<{ exitCode: number | null; milliseconds: number }> {
    this.#wanted = false;
    this.#expected = true;
    const child = this.#running;
    const startedAt = performance.now();
    if (!child) return { exitCode: null, milliseconds: 0 };
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    return { exitCode: child.exitCode, milliseconds: Math.round(performance.now() - startedAt) };
  }

  get #running(): ChildProcess | null {
    const child = this.#process;
    return child && child.exitCode === null && child.signalCode === null ? child : null;
  }

  /** Whatever happens, nothing is left running. */
  end(): void {
    this.#wanted = false;
    this.#process?.kill('SIGKILL');
    this.#log.end();
  }
}

/** One address in front of the replicas, as a load balancer is: each connection goes to one that takes it. */
export async function startBalancer(replicas: readonly Replica[], port: number): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let next = 0;
  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => client.destroy());
    next += 1;
    forward(client, rotated(replicas, next));
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  z.object({ port: z.number() }).parse(server.address());
  return {
    async close() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function rotated(replicas: readonly Replica[], by: number): Replica[] {
  const at = by % replicas.length;
  return [...replicas.slice(at), ...replicas.slice(0, at)];
}

function forward(client: Socket, [first, ...others]: readonly Replica[]): void {
  if (!first) {
    client.destroy();
    return;
  }
  const target = connect(first.port, '127.0.0.1');
  target.once('connect', () => {
    client.pipe(target);
    target.pipe(client);
    target.on('close', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  target.once('error', () => {
    if (target.bytesWritten === 0 && !client.destroyed) forward(client, others);
    else client.destroy();
  });
}

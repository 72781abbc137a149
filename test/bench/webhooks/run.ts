/**
 * Deliveries acknowledged per second by the plugin (a real `start`, which works them off at the same time), against a bare
 * Express route on the same kind of store; rounds alternate. Then memory in a flood of 5,000 deliveries.
 *   node test/bench/webhooks/run.ts [--rounds 5] [--deliveries 3000] [--connections 32] [--store sqlite|postgres]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { freePort } from '../../../plugin/dev/demo/world.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { createProcessWorld } from '../../support/process-world.ts';
import { emptyDatabase, type StoreKind, storeKinds } from '../../support/store.ts';
import { duration, report } from '../report.ts';
import { type Measured, sendLoad } from './load.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    deliveries: { type: 'string', default: '3000' },
    connections: { type: 'string', default: '32' },
    store: { type: 'string' },
  },
});
const [rounds = 5, deliveries = 3_000, connections = 32] = [values.rounds, values.deliveries, values.connections].map(
  Number,
);
const launcher = new URL('../../../dist/plugin/launch.cjs', import.meta.url).pathname;
const QUEUED = 5_000;
const MOST_MEGABYTES = 230;
const LEAST_THROUGHPUT = 0.9;
const LONGEST_DRAIN_MS = 10 * 60_000;

interface Server {
  port: number;
  secret: string;
  pid: number;
  /** Resolves when what was sent is worked off. */
  drained(): Promise<void>;
  stop(): Promise<void>;
}

async function startOurs(kind: StoreKind): Promise<Server> {
  const world = await createProcessWorld(kind);
  const running = await world.start({ LOG_LEVEL: 'error' }, launcher);
  await waitFor('the endpoint', () => world.sandbox.state.endpoints.size > 0);
  const [endpoint] = world.sandbox.state.endpoints.values();
  const database = openDatabase(world.storeUrl);
  const unfinished = async () =>
    (await database('deliveries').whereNull('finished_at').first('id')) ??
    (await database('queue_items').first('kind'));
  return {
    port: Number(new URL(world.pluginUrl).port),
    secret: endpoint?.secret ?? '',
    pid: running.process.pid ?? 0,
    drained: async () =>
      void (await waitFor('the inbox to be empty', async () => !(await unfinished()), LONGEST_DRAIN_MS)),
    async stop() {
      await database.destroy();
      await world.close();
    },
  };
}

async function startBare(kind: StoreKind): Promise<Server> {
  const store = await emptyDatabase(kind);
  const port = await freePort();
  const secret = 'whsec_bench';
  const env = { ...process.env, BARE_STORE: store.url, BARE_SECRET: secret, BARE_PORT: String(port) };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    port,
    secret,
    pid: child.pid ?? 0,
    drained: async () => undefined,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await store.remove();
    },
  };
}

/** Resident memory of a process in megabytes; NaN where the system does not tell. */
function residentMegabytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
}

function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

async function compare(kind: StoreKind): Promise<void> {
  const servers = { ours: await startOurs(kind), bare: await startBare(kind) };
  const results: Record<keyof typeof servers, Measured[]> = { ours: [], bare: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of ['ours', 'bare'] as const) {
      const { port, secret, drained } = servers[name];
      const measured = await sendLoad({ port, secret, deliveries, connections, round: `${name}${round}` });
      // The first round warms both up.
      if (round > 0) results[name].push(measured);
      await drained();
    }
  }
  const of = (name: keyof typeof servers, value: (measured: Measured) => number): number =>
    middle(results[name].map(value));
  const [ours, bare] = [of('ours', (m) => m.perSecond), of('bare', (m) => m.perSecond)];
  const refused = results.ours.reduce((sum, measured) => sum + measured.refused, 0);
  report(`${kind}: deliveries acknowledged a second`, `${Math.round(ours)}, ${refused} refused`, {
    ...{ baseline: `${Math.round(bare)} (bare route)`, ratio: ours / bare },
    goal: { words: '≥ 0.9 × the bare route', isMet: ours / bare >= LEAST_THROUGHPUT && refused === 0 },
  });
  const [slow, bareSlow] = [of('ours', (m) => m.p99), of('bare', (m) => m.p99)];
  report(`${kind}: slowest percent acknowledged after`, duration(slow), {
    ...{ baseline: `${duration(bareSlow)} (bare route)`, ratio: slow / bareSlow },
  });
  await measureMemory(kind, servers.ours);
  await servers.bare.stop();
  await servers.ours.stop();
}

/** Resident memory while 5,000 deliveries come faster than they are worked off. */
async function measureMemory(kind: StoreKind, { port, secret, pid, drained }: Server): Promise<void> {
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(residentMegabytes(pid)), 50);
  const before = residentMegabytes(pid);
  await sendLoad({ port, secret, deliveries: QUEUED, connections: 64, round: 'memory' });
  await drained();
  clearInterval(sampling);
  const most = Math.max(...samples);
  report(`${kind}: memory in a flood of ${QUEUED.toLocaleString('en')} deliveries`, `${most.toFixed(0)} MB at most`, {
    ...{ baseline: `${before.toFixed(0)} MB (before it)`, ratio: most / before },
    goal: { words: `≤ ${MOST_MEGABYTES} MB`, isMet: most <= MOST_MEGABYTES },
  });
}

for (const kind of storeKinds) {
  if (values.store && values.store !== kind) continue;
  console.error(
    `${kind}: ${rounds} rounds of ${deliveries} deliveries over ${connections} connections, ours and the bare route in turn`,
  );
  await compare(kind);
}
process.exit(0);

/**
 * How long commands of the built package take, and `start` until it is ready, beside an empty program: `node -e 0` on the same
 * machine, in turns. And the memory of a `start` that has nothing to do. Run `npm run build` first.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createProcessWorld } from '../../support/process-world.ts';
import { duration, report, within } from '../report.ts';

const launcher = new URL('../../../dist/plugin/launch.cjs', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'plugin-start-'));
const world = await createProcessWorld('sqlite');
const ROUNDS = 15;
const STOPS = 40;
const STOP_LATER_MS = 5;

const environment: Record<string, string> = {
  ...world.environment,
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: join(folder, 'compiled'),
  LOG_LEVEL: 'fatal',
};

/** Milliseconds of one run, to the end of the process. */
function run(parameters: string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, parameters, { env: environment, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${parameters.join(' ')}: ${stderr}`);
  return performance.now() - startedAt;
}

/** How often the log of `stops` starts says so, each told to stop a little later after it was ready: every start makes a look, a count and the endpoint due. */
async function lostOutcomes(stops: number): Promise<number> {
  let lost = 0;
  for (let stop = 0; stop < stops; stop += 1) {
    const running = await world.start({ ...environment, LOG_LEVEL: 'error' }, launcher);
    await wait(stop * STOP_LATER_MS);
    await running.stop('SIGTERM');
    lost += running.log().split('could not be recorded').length - 1;
  }
  return lost;
}

interface Start {
  readyMilliseconds: number;
  idleMegabytes: number;
}

/** One `start`, until /readyz says yes, and its resident memory a while later. */
async function start(idleMilliseconds: number): Promise<Start> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [launcher, 'start'], { env: environment, stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    const isReady = async (): Promise<boolean> =>
      (await fetch(`${world.pluginUrl}/readyz`).catch(() => null))?.status === 200;
    while (!(await isReady())) {
      if (child.exitCode !== null) throw new Error(`start ended with ${child.exitCode}`);
      await wait(5);
    }
    const readyMilliseconds = performance.now() - startedAt;
    await wait(idleMilliseconds);
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return { readyMilliseconds, idleMegabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024 };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const candidates: [what: string, parameters: string[], limitMs: number | null][] = [
  ['node -e 0', ['-e', '0'], null],
  ['--version', [launcher, '--version'], 150],
  ['status', [launcher, 'status'], 400],
];
const IDLE_MEGABYTES = 130;
const IDLE_MS = 20_000;

try {
  // Connects to OpenTrain and makes the webhook endpoint, once; the adapter of this tool is TypeScript, which ours are not.
  await start(2_000);
  environment.TOOL_ADAPTER = 'label-studio';
  const times = candidates.map((): number[] => []);
  const ready: number[] = [];
  // In turns, so that a slow moment of the machine falls on each.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [, parameters]] of candidates.entries()) times[index]?.push(run(parameters));
    ready.push((await start(0)).readyMilliseconds);
  }
  const { idleMegabytes } = await start(IDLE_MS);
  const [baseline = Number.NaN] = times.map(median);
  const told = (what: string, values: number[], limitMs: number): void => {
    const [time, beside] = [median(values), `${duration(baseline)} (node -e 0)`];
    report(what, duration(time), { baseline: beside, ratio: time / baseline, goal: within(limitMs, time) });
  };
  for (const [index, [what, , limitMs]] of candidates.entries()) if (limitMs) told(what, times[index] ?? [], limitMs);
  told('start, until /readyz says yes', ready, 600);
  const memory = { words: `≤ ${IDLE_MEGABYTES} MB`, isMet: idleMegabytes <= IDLE_MEGABYTES };
  report(`start, memory after ${IDLE_MS / 1000} s with nothing to do`, `${idleMegabytes.toFixed(0)} MB`, {
    goal: memory,
  });
  const lost = await lostOutcomes(STOPS);
  report(`SIGTERM soon after ${STOPS} starts: outcomes that were lost`, `${lost}`, {
    goal: { words: '0', isMet: lost === 0 },
  });
} finally {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * How long commands of the built package take, beside an empty program: `node -e 0` on the same machine, in turns. Run
 * `npm run build` first. Prints what | time | beside node -e 0 | goal.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const launcher = new URL('../../../dist/plugin/launch.cjs', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'plugin-start-'));
const ROUNDS = 15;

const environment = {
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: join(folder, 'compiled'),
  TOOL_BASE_URL: 'http://127.0.0.1:1',
  TOOL_API_TOKEN: 'none',
  DATABASE_URL: `sqlite:${join(folder, 'plugin.sqlite3')}`,
};

/** Milliseconds of one run, to the end of the process. */
function run(parameters: string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, parameters, { env: environment, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${parameters.join(' ')}: ${stderr}`);
  return performance.now() - startedAt;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const candidates: [what: string, parameters: string[], goal: string][] = [
  ['node -e 0', ['-e', '0'], ''],
  ['--version', [launcher, '--version'], '150 ms'],
  ['status', [launcher, 'status'], '400 ms'],
];

try {
  run([launcher, 'migrate']);
  const times = candidates.map((): number[] => []);
  // In turns, so that a slow moment of the machine falls on each.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [, parameters]] of candidates.entries()) times[index]?.push(run(parameters));
  }
  const medians = times.map(median);
  const [baseline = Number.NaN] = medians;
  console.log('what | median | beside node -e 0 | goal');
  for (const [index, [what, , goal]] of candidates.entries()) {
    const time = medians[index] ?? Number.NaN;
    console.log(`${what} | ${time.toFixed(0)} ms | ${(time / baseline).toFixed(1)} × | ${goal}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * `npm run bench`: every bench in turn, or those that are named (`npm run bench scale start`); then one table of what they measured, and
 * which goals were not met. Brings up what they need, as `npm test` does. `-- --write` puts the tables into docs/measurements.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../plugin/errors.ts';
import { prepareTools, toolsWerePrepared } from '../support/prepare-tools.ts';
import { providePostgres } from '../support/provide-postgres.ts';
import { HEAD, ROWS_FILE, type Row, readRows, rowText } from './report.ts';
import { withTable } from './table.ts';

const root = resolve(import.meta.dirname, '../..');
const DOCUMENT = join(root, 'docs/measurements.md');
/** A load of more than this beside the benches makes absolute times say little. */
const QUIET_LOAD = 0.5;

interface Measured {
  bench: string;
  rows: Row[];
  /** It did not run to its end. */
  isBroken: boolean;
}

const all = readdirSync(import.meta.dirname).filter((name) => existsSync(join(import.meta.dirname, name, 'run.ts')));
const { values, positionals: asked } = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true });
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  process.exit(1);
}

function run(command: string, parameters: string[], environment: NodeJS.ProcessEnv = process.env): boolean {
  return spawnSync(command, parameters, { cwd: root, stdio: 'inherit', env: environment }).status === 0;
}

function measure(bench: string): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-bench-'));
  const file = join(folder, 'rows');
  writeFileSync(file, '');
  try {
    const environment = { ...process.env, [ROWS_FILE]: file };
    const isBroken = !run(process.execPath, [join(import.meta.dirname, bench, 'run.ts')], environment);
    return { bench, isBroken, rows: readRows(readFileSync(file, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measureAll(names: readonly string[]): Measured[] {
  return names.map((name, index) => {
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(0);
    console.error(`\n▸ ${name} (${index + 1} of ${names.length}, ${minutes} minutes so far)`);
    return measure(name);
  });
}

/** "2 cores; load at the beginning 0.3": what the numbers depend on. */
function machine(load: number): string {
  const busy = load > QUIET_LOAD ? ', so that the ratios say more than the times' : '';
  return `${cpus().length} cores; load at the beginning ${load.toFixed(1)}${busy}`;
}

function write(measured: readonly Measured[], where: string): void {
  let text = readFileSync(DOCUMENT, 'utf8');
  for (const { bench, rows, isBroken } of measured) {
    if (!isBroken) text = withTable(text, bench, [`On ${where}:`, '', ...HEAD, ...rows.map(rowText)]);
  }
  writeFileSync(DOCUMENT, text);
}

const startedAt = performance.now();
const load = loadavg()[0] ?? 0;
const { url, stop } = await providePostgres((line) => console.error(line));
process.env.TEST_POSTGRES_URL = url;
try {
  if (!toolsWerePrepared()) await prepareTools((line) => console.error(line));
  console.error('Building the package, which the benches of start and webhooks run');
  if (!run('npm', ['run', 'build', '--silent'])) throw new Error('the package cannot be built');
  const measured = measureAll(all.filter((name) => asked.length === 0 || asked.includes(name)));
  const rows = measured.flatMap((one) => one.rows);
  console.log(`\n${machine(load)}\n\n${[...HEAD, ...rows.map(rowText)].join('\n')}\n`);
  if (values.write) write(measured, machine(load));
  const broken = measured.filter(({ isBroken }) => isBroken).map(({ bench }) => bench);
  const missed = rows.filter(({ isMet }) => isMet === false);
  for (const row of missed) console.log(`Not met: ${row.what}: ${row.measured}, goal ${row.goal}`);
  const goals = rows.filter(({ isMet }) => isMet !== null).length;
  console.log(`${goals - missed.length} of ${goals} goals met.`);
  if (broken.length > 0) console.log(`Did not run to the end: ${broken.join(', ')}.`);
  process.exitCode = broken.length > 0 || missed.length > 0 ? 1 : 0;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
} finally {
  await stop();
}

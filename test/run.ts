/**
 * `npm test`: type check, lint, and the whole suite, on real parts that it brings up itself. Ends with mocha's summary and one
 * line `N passed, N failed`. Parameters are mocha files to run instead of all ("npm test -- test/unit/*.test.ts").
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import Mocha from 'mocha';
import { AdminError, messageOf } from '../plugin/errors.ts';
import { slowestFiles, TIMES_FILE } from './support/file-times.ts';
import { readAudit } from './support/known-vulnerabilities.ts';
import { provideChromium } from './support/provide-chromium.ts';
import { providePostgres } from './support/provide-postgres.ts';
import { provideServers } from './support/provide-servers.ts';
import { PRINTED_FILE, readPrinted } from './support/secret-watch.ts';

const root = join(import.meta.dirname, '..');
/** The cheap ones first: what is broken is seen early. Many short files last: they fill both workers until the end. */
const suites = ['unit', 'conformance', 'e2e', 'chaos', 'integration'];
/** Most tests wait for a process, a server or a browser; more than two at once make the real tools too slow for their time-outs. */
const WORKERS = Number(process.env.TEST_WORKERS ?? 2);
const SLOWEST_TOLD = 25;
/** A real tool takes its time to start; a single test of ours does not. */
const TEST_TIMEOUT_MS = 120_000;

function run(title: string, command: string, parameters: string[]): boolean {
  console.log(`\n▸ ${title}`);
  return spawnSync(command, parameters, { cwd: root, stdio: 'inherit' }).status === 0;
}

function binary(name: string): string {
  return join(root, 'node_modules', '.bin', name);
}

async function runSuite(files: string[]): Promise<{ passed: number; failed: number }> {
  const mocha = new Mocha({
    timeout: TEST_TIMEOUT_MS,
    reporter: 'spec',
    color: process.stdout.isTTY === true,
    forbidOnly: true,
    parallel: true,
    jobs: WORKERS,
    require: [join(root, 'test/support/suite-hooks.ts')],
  });
  for (const file of files) mocha.addFile(file);
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed: failures });
    });
  });
}

/** Does one step before the suite, and says when it cannot be done. */
async function provide(title: string, step: (say: (line: string) => void) => Promise<boolean>): Promise<boolean> {
  console.log(`\n▸ ${title}`);
  try {
    return await step((line) => console.log(`  ${line}`));
  } catch (error) {
    console.error(`  ${messageOf(error)}`);
    if (error instanceof AdminError) console.error(`  ${error.remedy}`);
    return false;
  }
}

let stopPostgres = async (): Promise<void> => undefined;

/** Must be done before anything of the suite is imported: the test files read the address of the server when they are loaded. */
async function provideServer(say: (line: string) => void): Promise<boolean> {
  const { url, stop } = await providePostgres(say);
  process.env.TEST_POSTGRES_URL = url;
  stopPostgres = stop;
  return true;
}

async function provideTools(say: (line: string) => void): Promise<boolean> {
  const { prepareTools, toolsWerePrepared } = await import('./support/prepare-tools.ts');
  if (chosen.length === 0 || !toolsWerePrepared()) await prepareTools(say);
  return true;
}

/** Whether no package that comes with the plugin has a known vulnerability, as far as the registry tells. */
function audited(): boolean {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8' });
  const { vulnerable, words } = readAudit(stdout ?? '');
  console.log(`\n▸ Known vulnerabilities in what comes along (npm audit): ${words}`);
  return vulnerable === null || vulnerable.length === 0;
}

function tellSlowest(path: string): void {
  console.log('\n▸ The slowest files');
  for (const { file, seconds } of slowestFiles(path, SLOWEST_TOLD)) {
    console.log(`  ${seconds.toFixed(0).padStart(4)} s  ${relative(root, file)}`);
  }
}

/** Whether no process of the plugin printed a secret in the whole run. */
function nothingLeaked(file: string): boolean {
  const { leaks, printed } = readPrinted(file);
  console.log(`\n▸ Secrets in ${printed} characters that the plugin printed: ${leaks.length}`);
  for (const { secret, command, line } of leaks.slice(0, 20)) console.log(`  ${command} printed ${secret}: ${line}`);
  return leaks.length === 0;
}

const chosen = process.argv.slice(2);
const needsTools = chosen.length === 0 || chosen.some((file) => !file.includes('test/unit/'));
const checks = [
  await provide('The browser', provideChromium),
  run('Types', binary('tsc'), ['--noEmit']),
  run('Lint and format', binary('biome'), ['check', '--error-on-warnings', '.']),
  run('Dead code and unused packages', binary('knip'), ['--no-progress']),
  chosen.length > 0 || audited(),
  !needsTools || (await provide('PostgreSQL', provideServer)),
  !needsTools || (await provide('nginx, PgBouncer, Caddy and other programs', provideServers)),
  !needsTools || (await provide('The annotation tools (installed once, into .cache)', provideTools)),
];
const pattern = (suite: string): string[] => globSync(`test/${suite}/**/*.test.ts`, { cwd: root }).sort();
const files = (chosen.length > 0 ? chosen : suites.flatMap(pattern)).map((file) => join(root, file));
const folder = mkdtempSync(join(tmpdir(), 'plugin-suite-'));
const printedFile = join(folder, 'printed.jsonl');
const timesFile = join(folder, 'times.jsonl');
Object.assign(process.env, { [PRINTED_FILE]: printedFile, [TIMES_FILE]: timesFile });
const { passed, failed } = await runSuite(files);
await stopPostgres();
if (chosen.length === 0) tellSlowest(timesFile);
checks.push(nothingLeaked(printedFile));
rmSync(folder, { recursive: true });
const broken = checks.filter((fine) => !fine).length;
if (broken > 0) console.log(`${broken} of the checks before and after the suite failed: see above.`);
console.log(`${passed} passed, ${failed + broken} failed`);
process.exit(failed + broken > 0 || passed === 0 ? 1 : 0);

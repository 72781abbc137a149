/**
 * `npm test`: type check, lint, and the whole suite, on real parts that it brings up itself. Ends with mocha's summary and one
 * line `N passed, N failed`. Parameters are mocha files to run instead of all ("npm test -- test/unit/*.test.ts").
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import fastCheck from 'fast-check';
import Mocha from 'mocha';
import { messageOf } from '../plugin/errors.ts';
import { prepareTools } from './support/prepare-tools.ts';

const root = join(import.meta.dirname, '..');
/** Cheap ones first: what is broken is seen early. */
const suites = ['unit', 'integration', 'conformance', 'e2e', 'chaos'];
/** A real tool takes its time to start; a single test of ours does not. */
const TEST_TIMEOUT_MS = 120_000;
/** Property tests of two runs try the same cases; `PROPERTY_SEED=n` tries others. */
const PROPERTY_SEED = Number(process.env.PROPERTY_SEED ?? 20_261_122);

function run(title: string, command: string, parameters: string[]): boolean {
  console.log(`\n▸ ${title}`);
  return spawnSync(command, parameters, { cwd: root, stdio: 'inherit' }).status === 0;
}

function binary(name: string): string {
  return join(root, 'node_modules', '.bin', name);
}

/** The browser tests drive the system's Chromium. On Debian as root it is installed; elsewhere one must be there. */
function provideChromium(): boolean {
  const places = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  if (places.some((place) => place && existsSync(place))) return true;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    return run('Installing Chromium', 'sh', ['-c', 'apt-get update -qq && apt-get install -y -qq chromium']);
  }
  console.error('The browser tests need Chromium: install it, or set CHROMIUM_PATH to its program.');
  return false;
}

async function runSuite(files: string[]): Promise<{ passed: number; failed: number }> {
  const mocha = new Mocha({
    timeout: TEST_TIMEOUT_MS,
    reporter: 'spec',
    color: process.stdout.isTTY === true,
    forbidOnly: true,
  });
  fastCheck.configureGlobal({ seed: PROPERTY_SEED });
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed: failures });
    });
  });
}

async function provideTools(): Promise<boolean> {
  console.log('\n▸ The annotation tools (installed once, into .cache)');
  try {
    await prepareTools((line) => console.log(`  ${line}`));
    return true;
  } catch (error) {
    console.error(messageOf(error));
    return false;
  }
}

const chosen = process.argv.slice(2);
const needsTools = chosen.length === 0 || chosen.some((file) => !file.includes('test/unit/'));
const checks = [
  provideChromium(),
  run('Types', binary('tsc'), ['--noEmit']),
  run('Lint and format', binary('biome'), ['check', '--error-on-warnings', '.']),
  !needsTools || (await provideTools()),
];
const pattern = (suite: string): string[] => globSync(`test/${suite}/**/*.test.ts`, { cwd: root }).sort();
const files = (chosen.length > 0 ? chosen : suites.flatMap(pattern)).map((file) => join(root, file));
const { passed, failed } = await runSuite(files);
const broken = checks.filter((fine) => !fine).length;
if (broken > 0) console.log(`${broken} of the checks before the suite failed: see above.`);
console.log(`${passed} passed, ${failed + broken} failed`);
process.exit(failed + broken > 0 || passed === 0 ? 1 : 0);

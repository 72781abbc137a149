/**
 * Runs the unit tests of one rule against its mutants, in this process: a load hook gives Node the changed source under an address
 * of its own, and nothing on disk changes. Prints one JSON line a mutant. Started by `run.ts`, which ends it when a mutant hangs.
 * Parameters: the rule's file, the first mutant to try, and how many there are.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fastCheck from 'fast-check';
import Mocha from 'mocha';
import { withMutant } from './mutants.ts';
import { mutantsIn } from './mutants-in.ts';
import { rules } from './rules.ts';

const root = join(import.meta.dirname, '..', '..');
const folders = ['plugin', 'test/unit', 'test/support', 'adapters'].map(
  (folder) => `${pathToFileURL(join(root, folder)).href}/`,
);
const [, , file = '', first = '0'] = process.argv;
const rule = rules.find((each) => each.file === file);
if (!rule) throw new Error(`There is no rule ${file} in the list.`);
const address = pathToFileURL(join(root, file)).href;
const source = readFileSync(join(root, file), 'utf8');
const mutants = mutantsIn(rule, source);
let round = '';
let text = source;

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    const isOurs = folders.some((folder) => found.url.startsWith(folder));
    return isOurs ? { ...found, url: `${found.url.split('?')[0]}?${round}` } : found;
  },
  load: (url, context, next) =>
    url.split('?')[0] === address
      ? { format: 'module-typescript', source: text, shortCircuit: true }
      : next(url, context),
});

class Silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}

/** Whether the tests pass with the source as it is in `text`. */
async function testsPass(tests: readonly string[]): Promise<boolean> {
  const mocha = new Mocha({ timeout: 20_000, bail: true, reporter: Silent });
  for (const test of tests) {
    mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, test, mocha);
    await import(`${pathToFileURL(join(root, test)).href}?${round}`);
  }
  const failures = await new Promise<number>((resolve) => {
    mocha.run(resolve);
  });
  mocha.dispose();
  return failures === 0;
}

// The same cases each time, and no search for the smallest one: a failure is enough.
fastCheck.configureGlobal({ seed: 20_261_122, endOnFailure: true });

async function expectUnchangedToPass(when: string): Promise<void> {
  round = `unchanged-${when}`;
  text = source;
  if (!(await testsPass(rule?.tests ?? []))) throw new Error(`The unit tests of ${file} fail without a mutant.`);
}

await expectUnchangedToPass('before');
for (const [index, mutant] of mutants.entries()) {
  if (index < Number(first)) continue;
  round = `mutant-${index}`;
  text = withMutant(source, mutant);
  const survived = await testsPass(rule.tests).catch(() => false);
  console.log(JSON.stringify({ index, survived }));
}
// What a mutant left behind in this process would make every later one look killed.
await expectUnchangedToPass('after');
process.exit(0);

import { expect } from 'chai';
import Mocha from 'mocha';
import type { AdapterModule } from '../../adapters/tool.ts';
import example from './example-tool/adapter.ts';
import { declared } from './example-tool/declared.ts';
import { startExampleTarget } from './example-tool/target.ts';
import { conformance, type Registrar } from './index.ts';
import { wrongAdapters } from './wrong-adapters.ts';

/** Prints nothing. */
class SilentReporter extends Mocha.reporters.Base {}

/** The titles of the suite's tests that fail for this adapter, on a tool of its own; no more are tried after the awaited one. */
async function failuresOf(module: AdapterModule, awaited?: string): Promise<string[]> {
  const mocha = new Mocha({ reporter: SilentReporter });
  const registrar: Partial<Registrar> = {};
  // What mocha does before it loads a file: the functions of its interface are put into the object.
  mocha.suite.emit('pre-require', registrar, '', mocha);
  if (!isComplete(registrar)) throw new Error('mocha did not offer its interface.');
  conformance('an adapter', declared, () => startExampleTarget(module), registrar);
  const failures: string[] = [];
  await new Promise<void>((resolve) => {
    const runner = mocha.cleanReferencesAfterRun(true).run(() => resolve());
    runner.on('fail', (test) => {
      failures.push(test.title);
      if (awaited !== undefined && test.title.includes(awaited)) runner.abort();
    });
  });
  mocha.dispose();
  return failures;
}

function isComplete(registrar: Partial<Registrar>): registrar is Registrar {
  return [registrar.describe, registrar.it, registrar.before, registrar.after, registrar.afterEach].every(Boolean);
}

describe('the conformance suite', function () {
  this.timeout(120_000);

  it('passes an adapter that is right', async () => {
    expect(await failuresOf(example)).to.deep.equal([]);
  });

  for (const { fault, found, module } of wrongAdapters) {
    it(`fails an adapter that ${fault}`, async () => {
      const failures = await failuresOf(module, found);
      expect(
        failures.some((title) => title.includes(found)),
        failures.join('; '),
      ).to.equal(true);
    });
  }
});

/** What each process that runs test files does around every file; the suite's runner has mocha load it there. */
import fastCheck from 'fast-check';
import { keepTime, TIMES_FILE } from './file-times.ts';
import { keepPrinted, PRINTED_FILE } from './secret-watch.ts';

/** Property tests of two runs try the same cases; `PROPERTY_SEED=n` tries others. */
const PROPERTY_SEED = Number(process.env.PROPERTY_SEED ?? 20_261_122);

let begunAt = 0;

export const mochaHooks = {
  beforeAll(): void {
    begunAt = performance.now();
    fastCheck.configureGlobal({ seed: PROPERTY_SEED });
  },
  afterAll(this: Mocha.Context): void {
    const { [PRINTED_FILE]: printed, [TIMES_FILE]: times } = process.env;
    if (printed) keepPrinted(printed);
    const file = this.test?.parent?.suites[0]?.file;
    if (times && file) keepTime(times, { file, seconds: (performance.now() - begunAt) / 1_000 });
  },
};

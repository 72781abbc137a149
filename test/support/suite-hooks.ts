/** What each process that runs test files does around every file; the suite's runner has mocha load it there. */
import fastCheck from 'fast-check';
import { keepPrinted, PRINTED_FILE } from './secret-watch.ts';

/** Property tests of two runs try the same cases; `PROPERTY_SEED=n` tries others. */
const PROPERTY_SEED = Number(process.env.PROPERTY_SEED ?? 20_261_122);

export const mochaHooks = {
  beforeAll(): void {
    fastCheck.configureGlobal({ seed: PROPERTY_SEED });
  },
  afterAll(): void {
    const file = process.env[PRINTED_FILE];
    if (file) keepPrinted(file);
  },
};

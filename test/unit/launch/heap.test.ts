import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

const file = new URL('../../../plugin/heap.ts', import.meta.url).href;

/** Runs a program that may use `heap` (the module), `size(space)` and `make()`, and returns the number that it logs. */
function megabytesOf(program: string): number {
  const common = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import * as heap from ${JSON.stringify(file)};
    const size = (name) => getHeapSpaceStatistics().find(({ space_name }) => space_name === name).space_size / 2 ** 20;
    const make = (kept) => { for (let i = 0; i < 600_000; i += 1) kept.push({ i, list: [i] }); };`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', common + program], {
    encoding: 'utf8',
  });
  return JSON.parse(stdout || `"${stderr}"`);
}

describe('the heap of start', () => {
  it('keeps the memory for new objects small where V8 would double it', () => {
    const program = 'make([]); console.log(size("new_space"));';
    // Threads that collect at once leave a few megabytes more, or none.
    expect(megabytesOf(program)).to.be.at.least(2 * megabytesOf(`heap.keepYoungMemory(); ${program}`));
  });

  it('collects what is not in use any more before the heap has grown by much', () => {
    const program = `
      const live = []; make(live);
      let most = 0;
      for (let round = 0; round < 8; round += 1) { make([]); most = Math.max(most, size("old_space")); }
      console.log(most);`;
    const [grown, small] = [program, `heap.growInSmallSteps(); ${program}`].map((one) =>
      megabytesOf(`heap.keepYoungMemory(); ${one}`),
    );
    expect(small).to.be.below(0.75 * Number(grown));
  });
});

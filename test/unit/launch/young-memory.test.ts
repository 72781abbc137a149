import { spawnSync } from 'node:child_process';
import { expect } from 'chai';

const file = new URL('../../../plugin/young-memory.ts', import.meta.url).href;

/** Megabytes that a process has for new objects after it made many that survive, in kept memory and then in growing one. */
const program = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { keepYoungMemory, letYoungMemoryGrow } from ${JSON.stringify(file)};
  const size = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20;
  const kept = [];
  const make = () => { for (let i = 0; i < 600_000; i += 1) kept.push({ i, list: [i] }); };
  keepYoungMemory(); make(); const after = size();
  letYoungMemoryGrow(); make();
  console.log(JSON.stringify([after, size()]));`;

describe('the memory for new objects', () => {
  it('stays small while it is told to, and grows afterwards', () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    const [after = Number.NaN, grown]: number[] = JSON.parse(stdout || `"${stderr}"`);
    // Threads that collect at once leave a few megabytes more, or none.
    expect(grown).to.be.at.least(2 * after);
  });
});

/** `npm run bench`: every bench in turn, or those that are named (`npm run bench scale start`). Each prints its own table. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const all = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'run.ts')));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  process.exit(1);
}
const failed = all
  .filter((name) => asked.length === 0 || asked.includes(name))
  .filter((name) => {
    console.log(`\n▸ ${name}`);
    return spawnSync(process.execPath, [join(folder, name, 'run.ts')], { stdio: 'inherit' }).status !== 0;
  });
if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}.`);
process.exit(failed.length > 0 ? 1 : 0);

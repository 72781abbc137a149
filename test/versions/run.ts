/**
 * `npm run versions`: runs the story against every measured version, or those that are named ('Label Studio 1.21.0'), on both
 * databases and writes docs/versions.md. Ends with 1 when a step failed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../plugin/errors.ts';
import { providePostgres } from '../support/provide-postgres.ts';
import type { Product } from './story.ts';
import { measuredVersions } from './supported.ts';
import type { Measured } from './table.ts';

const { url, stop } = await providePostgres((line) => console.log(line));
process.env.TEST_POSTGRES_URL = url;
// The address of the server is read when this is loaded.
const { databases, kits, runStory, steps } = await import('./story.ts');
const { versionsPage } = await import('./table.ts');

const products = Object.keys(kits).filter((name): name is Product => Object.hasOwn(measuredVersions, name));
const all = products.flatMap((product) =>
  measuredVersions[product].map((version) => {
    return { product, version, title: `${product} ${version}`, tokens: kits[product].tokenKinds(version) };
  }),
);
const titles = all.map(({ title }) => title);
const asked = process.argv.slice(2);
const unknown = asked.filter((title) => !titles.includes(title));
if (unknown.length > 0) {
  console.error(`Not measured: ${unknown.join(', ')}. Name one or more of: ${titles.join(', ')}.`);
  process.exit(2);
}

const measured: Measured[] = [];
const settings = all
  .filter((one) => asked.length === 0 || asked.includes(one.title))
  .flatMap((one) => databases.flatMap((database) => one.tokens.map((token) => ({ ...one, database, token }))));
for (const setting of settings) {
  const { title, database, token } = setting;
  const outcome = await runStory(setting, (line) => console.log(`  ${line}`)).catch(messageOf);
  console.log(`${title} on ${database} with the ${token} token: ${JSON.stringify(outcome)}`);
  measured.push({ title, database, token, outcome });
}
await stop();

const file = join(import.meta.dirname, '../../docs/versions.md');
const day = new Date().toISOString().slice(0, 10);
await writeFile(file, versionsPage(await readFile(file, 'utf8'), measured, all, day));
const failed = measured.some(
  ({ outcome }) => typeof outcome === 'string' || steps.some((step) => outcome[step] !== null),
);
process.exit(failed ? 1 : 0);

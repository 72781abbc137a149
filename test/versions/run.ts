/**
 * `npm run versions`: runs the story against every measured version on both databases and writes docs/versions.md. Ends with 1
 * when a step failed.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../plugin/errors.ts';
import { providePostgres } from '../support/provide-postgres.ts';
import type { Outcome, Product } from './story.ts';
import { measuredVersions } from './supported.ts';

interface Line {
  title: string;
  database: string;
  /** Or why the version could not be tried. */
  outcome: Outcome | string;
}

const { url, stop } = await providePostgres((line) => console.log(line));
process.env.TEST_POSTGRES_URL = url;
// The address of the server is read when this is loaded.
const { databases, kits, runStory, steps } = await import('./story.ts');

const products = Object.keys(kits).filter((name): name is Product => Object.hasOwn(measuredVersions, name));
const lines: Line[] = [];
for (const product of products) {
  for (const version of measuredVersions[product]) {
    for (const database of databases) {
      const title = `${product} ${version}`;
      const outcome = await runStory(product, version, database, (line) => console.log(`  ${line}`)).catch(messageOf);
      console.log(`${title} on ${database}: ${JSON.stringify(outcome)}`);
      lines.push({ title, database, outcome });
    }
  }
}
await stop();

const cell = (problem: string | null): string => (problem === null ? 'yes' : problem.replaceAll(/\s*[|\n]\s*/g, ' '));
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = [
  row(['version', 'database', ...steps]),
  row(['version', 'database', ...steps].map(() => '---')),
  ...lines.map(({ title, database, outcome }) => {
    const measured = steps.map((step) => (typeof outcome === 'string' ? cell(outcome) : cell(outcome[step])));
    return row([title, database, ...measured]);
  }),
];
const text = `# Versions of the tools

Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run versions\`, which installs each version and writes this file. On PostgreSQL the plugin's
role has just the rights that the documentation asks for.

${table.join('\n')}

Each step is one call or more of the tool's adapter, checked through the tool's own pages:
- invite: the version is read, the new project is listed, and no account has the trainer's address
- accept: the account is made with the trainer's password, and they sign in
- work: they label a task
- count: exactly that task is counted
- end: nothing is left open, their session reaches nothing, and they cannot sign in
- rehire: they sign in with the same password and label a task

OpenTrain, mails and the plugin's own pages have no part in it. Versions that are not listed are not measured.
`;
await writeFile(join(import.meta.dirname, '../../docs/versions.md'), text);
const failed = lines.some(({ outcome }) => typeof outcome === 'string' || steps.some((step) => outcome[step] !== null));
process.exit(failed ? 1 : 0);

/** The table in docs/versions.md, of which a run of some versions replaces only their rows. */
import { databases, type Outcome, steps } from './story.ts';

export interface Measured {
  /** Product and version. */
  title: string;
  database: (typeof databases)[number];
  /** Or why the version could not be tried. */
  outcome: Outcome | string;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const cell = (problem: string | null): string => (problem === null ? 'yes' : problem.replaceAll(/\s*[|\n]\s*/g, ' '));
const columns = ['version', 'database', ...steps, 'measured on'];

/** The file with these outcomes, and the rows of `before` for every other one of `titles`, in the order of `titles`. */
export function versionsPage(
  before: string,
  measured: readonly Measured[],
  titles: readonly string[],
  day: string,
): string {
  const earlier = before.split('\n');
  const lines = titles.flatMap((title) =>
    databases.flatMap((database) => {
      const now = measured.find((one) => one.title === title && one.database === database);
      if (!now) return earlier.filter((line) => line.startsWith(`| ${title} | ${database} |`));
      const { outcome } = now;
      const cells = steps.map((step) => cell(typeof outcome === 'string' ? outcome : outcome[step]));
      return [row([title, database, ...cells, day])];
    }),
  );
  return `# Versions of the tools

Measured by \`npm run versions\`, which installs each version and writes this file; \`npm run versions -- 'doccano 1.8.4'\` measures one. On PostgreSQL the
plugin's role has just the rights that the documentation asks for.

${[row(columns), row(columns.map(() => '---')), ...lines].join('\n')}

Each step is one call or more of the tool's adapter, checked through the tool's own pages:
- invite: the version is read, the new project is listed, and no account has the trainer's address
- accept: the account is made with the trainer's password, and they sign in
- work: they label a task
- count: exactly that task is counted
- end: nothing is left open, their session reaches nothing, and they cannot sign in
- rehire: they sign in with the same password and label a task

OpenTrain, mails and the plugin's own pages have no part in it. Versions that are not listed are not measured.
`;
}

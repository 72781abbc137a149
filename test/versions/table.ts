/** The table in docs/versions.md, of which a run of some versions replaces only their rows. */
import { databases, type Outcome, steps, type TokenKind } from './story.ts';

export interface Measured {
  /** Product and version. */
  title: string;
  database: (typeof databases)[number];
  token: TokenKind;
  /** Or why the version could not be tried. */
  outcome: Outcome | string;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const cell = (problem: string | null): string => (problem === null ? 'yes' : problem.replaceAll(/\s*[|\n]\s*/g, ' '));
const columns = ['version', 'database', 'token', ...steps, 'measured on'];

/** The file with these outcomes, and the rows of `before` for every other one of `titles`, in the order of `titles`. */
export function versionsPage(
  before: string,
  measured: readonly Measured[],
  titles: readonly { title: string; tokens: readonly TokenKind[] }[],
  day: string,
): string {
  const earlier = before.split('\n');
  const lines = titles.flatMap(({ title, tokens }) =>
    databases.flatMap((database) =>
      tokens.flatMap((token) => {
        const now = measured.find((one) => one.title === title && one.database === database && one.token === token);
        if (!now) return earlier.filter((line) => line.startsWith(`| ${title} | ${database} | ${token} |`));
        const { outcome } = now;
        const cells = steps.map((step) => cell(typeof outcome === 'string' ? outcome : outcome[step]));
        return [row([title, database, token, ...cells, day])];
      }),
    ),
  );
  return `# Versions of the tools

Measured by \`npm run versions\`, which installs each version and writes this file; \`npm run versions -- 'doccano 1.8.4'\` measures one. On PostgreSQL the
plugin's role has just the rights that the documentation asks for. Label Studio has legacy tokens, and from 1.17 on personal access tokens.

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

/** The statements that a document tells admins to run. */
import { readFileSync } from 'node:fs';

/** Those below this heading of docs/databases.md, for this role; throws when there are none. */
export function documentedSql(heading: string, role: string): string[] {
  const text = readFileSync(new URL('../../docs/databases.md', import.meta.url), 'utf8');
  const section = text.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('    '));
  const statements = lines.join('\n').split(/;\n|;$/);
  const told = statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
  if (told.length === 0) throw new Error(`docs/databases.md tells no statements below “${heading}”`);
  return told.map((statement) => statement.replaceAll('opentrain_plugin', role));
}

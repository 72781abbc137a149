/** Taking rights away from a role in a tool's PostgreSQL database one by one, to see which of them its statements need. */
import pg from 'pg';

export interface ColumnRight {
  /** `SELECT` */
  privilege: string;
  table: string;
  /** null: of the whole table. */
  column: string | null;
}

/** The rights that these GRANT lines give on tables, one a column. Other lines (schemas, sequences) give none. */
export function rightsIn(lines: readonly string[]): ColumnRight[] {
  return lines.flatMap((line) => {
    const [, privilege = '', columns, table = ''] = /^GRANT (\w+)(?: \(([^)]+)\))? ON (\w+) TO /.exec(line) ?? [];
    if (table === '') return [];
    return (columns?.split(', ') ?? [null]).map((column) => ({ privilege, table, column }));
  });
}

export const textOf = ({ privilege, table, column }: ColumnRight): string =>
  `${privilege} ${column === null ? table : `${table}.${column}`}`;

/** Does something as the database's owner while the role lacks this one right, and gives the right back. */
export async function without<Result>(
  { databaseUrl, role }: { databaseUrl: string; role: string },
  { privilege, table, column }: ColumnRight,
  work: () => Promise<Result>,
): Promise<Result> {
  const right = `${privilege}${column === null ? '' : ` (${column})`} ON ${table}`;
  await asOwner(databaseUrl, [`REVOKE ${right} FROM ${role}`]);
  try {
    return await work();
  } finally {
    await asOwner(databaseUrl, [`GRANT ${right} TO ${role}`]);
  }
}

/** Runs statements as the user of this URL: the owner of the tool's tables. */
export async function asOwner(databaseUrl: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

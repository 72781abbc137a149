/** Every row of a tool's SQLite database, for saying what an attack has changed. */
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { z } from 'zod';
import { fileOf } from './tool-backup.ts';

type Row = Record<string, SQLOutputValue>;
/** By table, then by the row's number in it. */
type WholeDatabase = Map<string, Map<string, Row>>;

const nameSchema = z.object({ name: z.string() });

/** Reads all tables of a `sqlite:` URL. */
export function readWholeDatabase(databaseUrl: string): WholeDatabase {
  const database = new DatabaseSync(fileOf(databaseUrl), { readOnly: true });
  try {
    const tables = z
      .array(nameSchema)
      .parse(database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all());
    return new Map(tables.map(({ name }) => [name, readTable(database, name)]));
  } finally {
    database.close();
  }
}

function readTable(database: DatabaseSync, name: string): Map<string, Row> {
  const statement = database.prepare(`SELECT rowid AS row_number, * FROM "${name}"`);
  statement.setReadBigInts(true);
  const rows = statement.all();
  return new Map(rows.map((row) => [String(row.row_number), row]));
}

/** One row that is not as it was: `before` is null for a new one, `after` for one that is gone. */
export interface RowChange {
  table: string;
  before: Row | null;
  after: Row | null;
  /** Names of the columns that differ; empty for a new or a deleted row. */
  columns: string[];
}

/** What differs between two readings of the same database. */
export function changesBetween(before: WholeDatabase, after: WholeDatabase): RowChange[] {
  const changes: RowChange[] = [];
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(table) ?? new Map<string, Row>(), after.get(table) ?? new Map<string, Row>()];
    for (const key of new Set([...old.keys(), ...now.keys()])) {
      const [was, is] = [old.get(key) ?? null, now.get(key) ?? null];
      const columns = was && is ? Object.keys(was).filter((name) => was[name] !== is[name]) : [];
      if (was === null || is === null || columns.length > 0) changes.push({ table, before: was, after: is, columns });
    }
  }
  return changes;
}

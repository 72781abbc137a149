/** Copies a whole store into an empty one, of the same or of the other database, and verifies every row. */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { AdminError } from '../errors.ts';
import { type Database, isSqlite } from './database.ts';
import { schemaState } from './migrate.ts';

const ROWS_AT_ONCE = 500;
/** SQLite takes at most 32,766 parameters a statement. */
const PARAMETERS_AT_ONCE = 10_000;
/** Kept by the migrations of the target itself. */
const OWN_TABLES = ['schema_migrations'];

type Row = Record<string, unknown>;

export interface CopiedTable {
  table: string;
  rows: number;
}

export interface CopyOptions {
  /** Told how many rows of how many are copied. */
  progress?: (done: number, total: number) => void;
}

/**
 * Copies every table. Both stores must have the same migrations, and the target must be empty otherwise: {@link AdminError} else, and
 * when a table of the target does not hold exactly the rows of the source afterwards. The target is one transaction: whoever
 * stops in the middle leaves it empty. The source is read as it was at one moment.
 */
export async function copyStore(from: Database, to: Database, options: CopyOptions = {}): Promise<CopiedTable[]> {
  await insistOnSameSchema(from, to);
  return snapshot(from, (source) =>
    to.transaction(async (target) => {
      const tables = await tablesOf(source);
      await insistOnEmpty(target, tables);
      const total = await rowsIn(source, tables);
      let done = 0;
      const copied: CopiedTable[] = [];
      for (const table of tables) {
        const rows = await copyTable(source, target, table, (count) => {
          done += count;
          options.progress?.(done, total);
        });
        copied.push({ table, rows });
      }
      return copied;
    }),
  );
}

/** Reads in one transaction, so that rows of different tables belong together. */
function snapshot<Value>(from: Database, work: (source: Knex.Transaction) => Promise<Value>): Promise<Value> {
  return isSqlite(from)
    ? from.transaction(work)
    : from.transaction(work, { isolationLevel: 'repeatable read', readOnly: true });
}

async function insistOnSameSchema(from: Database, to: Database): Promise<void> {
  const [source, target] = [await schemaState(from), await schemaState(to)];
  const missing = source.applied.filter((name) => !target.applied.includes(name));
  const surplus = target.applied.filter((name) => !source.applied.includes(name));
  if (missing.length === 0 && surplus.length === 0) return;
  throw new AdminError(
    `The two stores are of different versions: ${[...missing, ...surplus].join(', ')}.`,
    'Run `opentrain-plugin migrate` with this version of the plugin on the older store, then try again.',
  );
}

/** The tables of a store, those of the migrations themselves left out. */
export async function tablesOf(database: Database): Promise<string[]> {
  const names: string[] = isSqlite(database)
    ? await database('sqlite_master')
        .where({ type: 'table' })
        .whereNot('name', 'like', 'sqlite\\_%')
        .orderBy('name')
        .pluck('name')
    : await database('pg_tables').whereRaw('schemaname = current_schema()').orderBy('tablename').pluck('tablename');
  return names.filter((name) => !OWN_TABLES.includes(name) && !name.startsWith('sqlite_'));
}

async function rowsIn(database: Database, tables: readonly string[]): Promise<number> {
  let total = 0;
  for (const table of tables) {
    const counted = await database(table).count({ rows: '*' }).first<{ rows: number | string }>();
    total += Number(counted?.rows ?? 0);
  }
  return total;
}

async function insistOnEmpty(target: Database, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    if (!(await target(table).first())) continue;
    throw new AdminError(
      `The target store is not empty: it has rows in ${table}.`,
      'Name a new SQLite file or an empty PostgreSQL database.',
    );
  }
}

async function copyTable(
  source: Database,
  target: Database,
  table: string,
  progress: (rows: number) => void,
): Promise<number> {
  const columns = await target(table).columnInfo();
  const booleans = Object.keys(columns).filter((name) => columns[name]?.type === 'boolean');
  const atOnce = Math.min(ROWS_AT_ONCE, Math.floor(PARAMETERS_AT_ONCE / Object.keys(columns).length));
  const read = new Digest();
  for await (const rows of pages(source, table, atOnce)) {
    for (const row of rows) read.add(row);
    await target(table).insert(rows.map((row) => withBooleans(row, isSqlite(target) ? [] : booleans)));
    progress(rows.length);
  }
  const written = new Digest();
  for await (const rows of pages(target, table, atOnce)) for (const row of rows) written.add(row);
  if (read.value !== written.value) {
    throw new AdminError(
      `Table ${table} differs after the copy: ${read.rows} rows were read, ${written.rows} are there.`,
      'Nothing was kept in the target. Make sure that nobody else writes to it, then try again.',
    );
  }
  if (!isSqlite(target)) await continueSequences(target, table, columns);
  return read.rows;
}

function withBooleans(row: Row, booleans: readonly string[]): Row {
  const changed = booleans.map((name) => [name, row[name] === null ? null : Boolean(row[name])]);
  return { ...row, ...Object.fromEntries(changed) };
}

/** The rows of a table by primary key, some at a time. */
async function* pages(database: Database, table: string, atOnce: number): AsyncGenerator<Row[]> {
  const key = await primaryKey(database, table);
  const names = key.map(() => '??').join(', ');
  const values = key.map(() => '?').join(', ');
  let last: Row | undefined;
  for (;;) {
    const query = database<Row>(table).select('*').orderBy(key).limit(atOnce);
    if (last) query.whereRaw(`(${names}) > (${values})`, [...key, ...key.map((name) => keyValue(last?.[name]))]);
    const rows: Row[] = await query;
    if (rows.length > 0) yield rows;
    if (rows.length < atOnce) return;
    last = rows.at(-1);
  }
}

/** Keys are ids and times: text or whole numbers. */
function keyValue(value: unknown): string | number {
  return typeof value === 'number' ? value : String(value);
}

async function primaryKey(database: Database, table: string): Promise<string[]> {
  const rows: { name: string }[] = isSqlite(database)
    ? await database.raw('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', [table])
    : (
        await database.raw(
          `SELECT a.attname AS name
             FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
            WHERE i.indisprimary AND i.indrelid = to_regclass(?)
            ORDER BY array_position(i.indkey::int2[], a.attnum)`,
          [table],
        )
      ).rows;
  if (rows.length === 0) throw new Error(`table ${table} has no primary key`);
  return rows.map(({ name }) => name);
}

/** Lets the sequences of a table's columns go on after the greatest value that is there. Does nothing on SQLite, which has none. */
export async function continueSequences(target: Database, table: string, columns: Record<string, Knex.ColumnInfo>) {
  for (const [name, { defaultValue }] of Object.entries(columns)) {
    if (!String(defaultValue ?? '').startsWith('nextval(')) continue;
    await target.raw('SELECT setval(pg_get_serial_sequence(?, ?), COALESCE((SELECT max(??) FROM ??), 0) + 1, false)', [
      table,
      name,
      name,
      table,
    ]);
  }
}

/** What a table holds, whatever the order of its rows: the sum of the hashes of all rows. */
class Digest {
  rows = 0;
  #sum = 0n;

  add(row: Row): void {
    const canonical = Object.keys(row)
      .sort()
      .map((name) => [name, typeof row[name] === 'boolean' ? Number(row[name]) : row[name]]);
    const hash = createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
    this.#sum = (this.#sum + BigInt(`0x${hash}`)) % 2n ** 256n;
    this.rows += 1;
  }

  get value(): string {
    return `${this.rows}:${this.#sum.toString(16)}`;
  }
}

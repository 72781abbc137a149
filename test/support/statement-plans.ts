/** What statements an adapter sends to its tool's database, from which line each comes, and which tables its plan reads whole. */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import type { SqlValue, ToolDatabase } from '../../adapters/sql/tool-database.ts';

const adapters = resolve(import.meta.dirname, '../../adapters');
/** Hands its callers' statements on. */
const passesOn = 'database-signs.ts';

export interface SentStatement {
  /** The line that sends it: `label-studio/accounts.ts:57`. */
  site: string;
  sql: string;
  parameters: readonly SqlValue[];
}

/** The lines of this folder's files that send a statement. */
export async function sitesIn(folder: string): Promise<string[]> {
  const sites: string[] = [];
  for await (const file of glob(`${folder}/*.ts`, { cwd: adapters })) {
    const lines = readFileSync(resolve(adapters, file), 'utf8').split('\n');
    for (const [index, line] of lines.entries()) {
      if (/\.(query|queryEach|execute)\(|\bquerySigns\(/.test(line)) sites.push(`${file}:${index + 1}`);
    }
  }
  return sites.sort();
}

/**
 * The database, which also notes what is sent. It reads as usual; a change is noted and not made, and is told to have changed one row.
 * `rows`: answered to every read in place of what is there.
 */
export function noting(database: ToolDatabase, noted: SentStatement[], rows?: readonly unknown[]): ToolDatabase {
  const note = (sql: string, parameters: readonly SqlValue[]): void => {
    noted.push({ site: callingSite(), sql, parameters });
  };
  return {
    dialect: database.dialect,
    query: async (sql, parameters) => {
      note(sql, parameters);
      return rows ? [...rows] : database.query(sql, parameters);
    },
    queryEach: async (sql, parameters, take) => {
      note(sql, parameters);
      return database.queryEach(sql, parameters, take);
    },
    execute: async (sql, parameters) => {
      note(sql, parameters);
      return 1;
    },
    missingPrivileges: async () => [],
    close: async () => undefined,
  };
}

/** Of whoever called the noting database, `querySigns` not counted. */
function callingSite(): string {
  for (const line of (new Error('where').stack ?? '').split('\n')) {
    const [, file, number] = /\/adapters\/([^:)]+):(\d+)/.exec(line) ?? [];
    if (file && basename(file) !== passesOn) return `${file}:${number}`;
  }
  throw new Error('not called by an adapter');
}

const detailsSchema = z.array(z.object({ detail: z.string() }));
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string | undefined;
  'Index Cond'?: string | undefined;
  'Actual Rows'?: number | undefined;
  'Actual Loops'?: number | undefined;
  'Rows Removed by Filter'?: number | undefined;
  'Rows Removed by Index Recheck'?: number | undefined;
  Plans?: PlanNode[] | undefined;
}
const nodeSchema: z.ZodType<PlanNode> = z.lazy(() =>
  z.object({
    'Node Type': z.string(),
    'Relation Name': z.string().optional(),
    'Index Cond': z.string().optional(),
    'Actual Rows': z.number().optional(),
    'Actual Loops': z.number().optional(),
    'Rows Removed by Filter': z.number().optional(),
    'Rows Removed by Index Recheck': z.number().optional(),
    Plans: z.array(nodeSchema).optional(),
  }),
);
const planSchema = z.array(z.object({ 'QUERY PLAN': z.array(z.object({ Plan: nodeSchema })) }));

const tablesOfFile = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";

/**
 * The tables of the tool that this statement reads whole, each once, ascending. On PostgreSQL the connection must have `enable_seqscan` off: then a
 * table is read whole only where no index serves, as in a large one.
 */
export async function wholeReads(database: ToolDatabase, { sql, parameters }: SentStatement): Promise<string[]> {
  if (database.dialect === 'sqlite') {
    const rows = detailsSchema.parse(await database.query(`EXPLAIN QUERY PLAN ${sql}`, parameters));
    const names = tableNames(sql);
    const read = rows.flatMap(({ detail }) => {
      const [, name] = /^SCAN (\w+)/.exec(detail) ?? /^SEARCH (\w+) USING AUTOMATIC/.exec(detail) ?? [];
      return name === undefined ? [] : (names.get(name) ?? []);
    });
    const tables = z.array(z.object({ name: z.string() })).parse(await database.query(tablesOfFile, []));
    return tables.map(({ name }) => name).filter((name) => read.includes(name));
  }
  const plan = planSchema.parse(await database.query(`EXPLAIN (FORMAT JSON) ${sql}`, parameters));
  const nodes = plan.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => [...nodesOf(Plan)]));
  const read = nodes.flatMap(({ node, isLimited }) => {
    const table = node['Relation Name'];
    const isWhole =
      node['Node Type'] === 'Seq Scan' ||
      (/^Index (Only )?Scan$/.test(node['Node Type']) && node['Index Cond'] === undefined && !isLimited);
    return table !== undefined && isWhole ? [table] : [];
  });
  return [...new Set(read)].filter((table) => !table.startsWith('pg_')).sort();
}

/** How many rows of this table, or entries of an index, the dearest step has read, from what `EXPLAIN (ANALYZE, FORMAT JSON)` answered. */
export function mostRowsRead(explained: unknown, table: string): number {
  const plan = planSchema.parse(explained);
  const nodes = plan.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => [...nodesOf(Plan)]));
  const steps = nodes.flatMap(({ node }) => {
    if (node['Relation Name'] !== table && node['Node Type'] !== 'Bitmap Index Scan') return [];
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    return [((node['Actual Rows'] ?? 0) + removed) * (node['Actual Loops'] ?? 1)];
  });
  return Math.max(...steps);
}

function* nodesOf(node: PlanNode, isLimited = false): Generator<{ node: PlanNode; isLimited: boolean }> {
  yield { node, isLimited };
  for (const child of node.Plans ?? []) yield* nodesOf(child, isLimited || node['Node Type'] === 'Limit');
}

/** SQLite's plan names a table by its alias where it has one; one alias may stand for several tables in parts of a UNION. */
function tableNames(sql: string): Map<string, string[]> {
  const names = new Map<string, string[]>();
  const words =
    /\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(?!ON\b|JOIN\b|WHERE\b|SET\b|LEFT\b|UNION\b|ORDER\b|GROUP\b)(\w+))?/gi;
  for (const [, table, alias] of sql.matchAll(words)) {
    if (table === undefined) continue;
    for (const name of [table, alias ?? table]) names.set(name, [...new Set([...(names.get(name) ?? []), table])]);
  }
  return names;
}

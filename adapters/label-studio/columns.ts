/**
 * Which columns this Label Studio has, of those that came with later versions: statements are fitted to what is there.
 *
 * | column                          | since    | without it                                                            |
 * |---------------------------------|----------|-----------------------------------------------------------------------|
 * | `project.deleted_at`            | 1.22     | a deleted project takes its annotations with it: nothing to leave out |
 * | `task_completion.bulk_created`  | > 1.10.1 | annotations made in bulk mode cannot be told apart                    |
 * | the others                      | ≤ 1.10.1 | the reason that the column tells cannot be told                       |
 */
import { z } from 'zod';
import type { ToolDatabase } from '../sql/tool-database.ts';
import { compareVersions } from './versions.ts';

/** The optional columns, by table. */
export const optionalColumns = {
  task_completion: ['updated_by_id', 'import_id', 'bulk_created', 'parent_prediction_id', 'parent_annotation_id'],
  project: ['deleted_at'],
} as const;

/** The version that brought each column that the oldest supported one lacks. */
const since = { bulk_created: '1.16.0', deleted_at: '1.22.0' } as const;

/** Whether this version of Label Studio has the optional column, as far as its number tells: what is there is seen in the database. */
export function comesWith(version: string, column: string): boolean {
  const first = Object.entries(since).find(([name]) => name === column)?.[1];
  return first === undefined || !/^\d+\.\d+/.test(version) || compareVersions(version, first) >= 0;
}

type Table = keyof typeof optionalColumns;
export type OptionalColumn<T extends Table> = (typeof optionalColumns)[T][number];

/** The optional columns that exist, by table. */
export type LabelStudioColumns = { readonly [T in Table]: ReadonlySet<OptionalColumn<T>> };

/** Every optional column: what the newest version has. */
export const allColumns: LabelStudioColumns = {
  task_completion: new Set(optionalColumns.task_completion),
  project: new Set(optionalColumns.project),
};

const rowsSchema = z.array(z.object({ table_name: z.string(), column_name: z.string() }));

const catalogue: Record<ToolDatabase['dialect'], string> = {
  // to_regclass follows the role's search_path, as the statements themselves do.
  postgres: `SELECT t.name AS table_name, a.attname AS column_name
    FROM (VALUES ('task_completion'), ('project')) AS t (name)
    JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped`,
  sqlite: `SELECT 'task_completion' AS table_name, name AS column_name FROM pragma_table_info('task_completion')
    UNION ALL SELECT 'project', name FROM pragma_table_info('project')`,
};

/** Asks the catalogue, by one cheap statement, so that an upgrade of Label Studio is noticed at once. */
export async function readColumns(database: ToolDatabase): Promise<LabelStudioColumns> {
  const rows = rowsSchema.parse(await database.query(catalogue[database.dialect], []));
  const there = new Set(rows.map(({ table_name, column_name }) => `${table_name}.${column_name}`));
  return {
    task_completion: new Set(optionalColumns.task_completion.filter((name) => there.has(`task_completion.${name}`))),
    project: new Set(optionalColumns.project.filter((name) => there.has(`project.${name}`))),
  };
}

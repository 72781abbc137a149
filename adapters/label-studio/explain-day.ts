/** One day of one person, annotation by annotation: the rules of the tally, without its sums. */
import { z } from 'zod';
import type { DayQuery, ExplainedAnnotation, ExplainedDay } from '../explained-day.ts';
import { epochSeconds } from '../sql/epoch.ts';
import type { SqlValue, ToolDatabase } from '../sql/tool-database.ts';
import { integerList, isOneOfIntegers } from '../sql/value-list.ts';
import { annotationRules, reasonOf } from './annotation-rules.ts';
import { type LabelStudioColumns, readColumns } from './columns.ts';

const flag = z.union([z.boolean(), z.number()]).transform(Boolean);
const rowSchema = z.object({
  id: z.number(),
  task_id: z.number().nullable(),
  project_id: z.number().nullable(),
  completed_by_id: z.number(),
  created_at: z.number(),
  regions: z.number().int().nonnegative(),
  // Whatever a member wrote: NaN, infinite, text in SQLite.
  recorded: z.unknown(),
  seconds: z.number().nonnegative(),
  reason: z.number().int().nonnegative(),
  edited: flag,
  skipped: flag,
  project_deleted: flag,
});

/** Every annotation of these accounts between the two instants, in whatever project. */
export async function explainDay(database: ToolDatabase, query: DayQuery): Promise<ExplainedDay> {
  const toolUserIds = query.toolUserIds.filter((id) => /^\d{1,9}$/.test(id));
  if (toolUserIds.length === 0) return { annotations: [], hasMore: false };
  const columns = await readColumns(database);
  const { sql, parameters } = explainStatement(database.dialect, columns, { ...query, toolUserIds });
  const annotations: ExplainedAnnotation[] = [];
  await database.queryEach(sql, parameters, (row) => annotations.push(explained(rowSchema.parse(row))));
  return { annotations: annotations.slice(0, query.limit), hasMore: annotations.length > query.limit };
}

function explained(row: z.infer<typeof rowSchema>): ExplainedAnnotation {
  const leftOut = row.project_deleted ? 'project-deleted' : row.skipped ? 'skipped' : reasonOf(row.reason);
  return {
    annotationId: String(row.id),
    kind: 'annotation',
    toolUserId: String(row.completed_by_id),
    projectId: String(row.project_id ?? ''),
    taskId: String(row.task_id ?? ''),
    createdAt: new Date(row.created_at * 1000),
    regions: row.regions,
    recordedSeconds: typeof row.recorded === 'number' && Number.isFinite(row.recorded) ? row.recorded : null,
    countedSeconds: leftOut === null && !row.edited ? row.seconds : 0,
    leftOut,
    editedByOther: row.edited,
  };
}

/**
 * The statement and its parameters: a range of `created_at`, which is indexed. The unary plus keeps both databases from the index on the
 * person, which leads to all that they ever did.
 */
export function explainStatement(
  dialect: ToolDatabase['dialect'],
  columns: LabelStudioColumns,
  query: DayQuery,
): { sql: string; parameters: SqlValue[] } {
  const rules = annotationRules(dialect, columns, {
    cap: 'CAST($4 AS double precision)',
    countBulk: query.countBulk ?? false,
  });
  const epoch = epochSeconds(dialect, 'c.created_at');
  const isDeleted = columns.project.has('deleted_at') ? 'p.id IS NULL OR p.deleted_at IS NOT NULL' : 'p.id IS NULL';
  const sql = `
    SELECT c.id, c.task_id, c.project_id, c.completed_by_id, ${epoch} AS created_at,
           coalesce(c.result_count, 0) AS regions, c.lead_time AS recorded, ${rules.seconds} AS seconds,
           ${rules.reason} AS reason, ${rules.editedByOthers} AS edited, c.was_cancelled AS skipped,
           (${isDeleted}) AS project_deleted
    FROM task_completion c
    LEFT JOIN project p ON p.id = c.project_id
    WHERE c.created_at >= $1 AND c.created_at < $2
      AND ${isOneOfIntegers(dialect, '+c.completed_by_id', '$3')}
    ORDER BY c.created_at, c.id
    LIMIT $5`;
  const accounts = integerList(dialect, query.toolUserIds);
  return { sql, parameters: [query.from, query.until, accounts, query.maxSecondsPerAnnotation, query.limit + 1] };
}

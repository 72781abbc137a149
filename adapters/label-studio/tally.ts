/** Who annotated how much on which day: one aggregate statement in Label Studio's own database. */
import { z } from 'zod';
import { dayText, localDay } from '../sql/local-day.ts';
import type { SqlValue, ToolDatabase } from '../sql/tool-database.ts';
import { isOneOf, listParameter } from '../sql/value-list.ts';
import type { TallyQuery, TallyRow } from '../tool.ts';
import { isProjectId } from './api-calls.ts';

const rowSchema = z.object({
  project_id: z.number(),
  completed_by_id: z.number(),
  email: z.string(),
  day: z.string(),
  tasks: z.number(),
  annotations: z.number(),
  regions: z.number(),
  seconds: z.number(),
  capped_annotations: z.number(),
  capped_seconds: z.number(),
});

/**
 * Submitted annotations only: skipped ones, imported ones, those of erased accounts and those in deleted projects do not
 * count. Time on an annotation is cut at the cap; where it was not recorded it adds nothing.
 */
export async function tally(database: ToolDatabase, query: TallyQuery): Promise<TallyRow[]> {
  const projectIds = query.projectIds.filter(isProjectId);
  if (projectIds.length === 0) return [];
  const { sql, parameters } = tallyStatement(database.dialect, { ...query, projectIds });
  const rows: TallyRow[] = [];
  const shared = new SharedTexts();
  await database.queryEach(sql, parameters, (row) => rows.push(tallyRow(rowSchema.parse(row), shared)));
  return rows;
}

function tallyRow(row: z.infer<typeof rowSchema>, shared: SharedTexts): TallyRow {
  return {
    projectId: shared.one(String(row.project_id)),
    toolUserId: shared.one(String(row.completed_by_id)),
    email: shared.one(row.email),
    day: shared.one(row.day),
    tasks: row.tasks,
    annotations: row.annotations,
    regions: row.regions,
    seconds: Math.round(row.seconds),
    cappedAnnotations: row.capped_annotations,
    cappedSeconds: Math.round(row.capped_seconds),
  };
}

/** The same few people, projects and days are in every row: one copy of each is kept. */
class SharedTexts {
  readonly #texts = new Map<string, string>();

  one(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }
}

/** The statement and its parameters: a range of `created_at`, which is indexed, grouped before anything is joined. */
export function tallyStatement(
  dialect: ToolDatabase['dialect'],
  query: TallyQuery,
): { sql: string; parameters: SqlValue[] } {
  const fixed: SqlValue[] = [query.from, query.until, listParameter(query.projectIds), query.maxSecondsPerAnnotation];
  const day = localDay(dialect, 'c.created_at', query.offsets, fixed.length + 1);
  const cap = 'CAST($4 AS double precision)';
  const sql = `
    SELECT totals.project_id, totals.completed_by_id, lower(u.email) AS email, ${dayText(dialect, 'totals.day')} AS day,
           totals.tasks, totals.annotations, totals.regions, totals.seconds,
           totals.capped_annotations, totals.recorded_seconds - totals.seconds AS capped_seconds
    FROM (
      SELECT c.project_id, c.completed_by_id, ${day.sql} AS day,
             count(DISTINCT c.task_id) AS tasks,
             count(*) AS annotations,
             coalesce(sum(c.result_count), 0) AS regions,
             coalesce(sum(CASE WHEN c.lead_time > ${cap} THEN ${cap} ELSE c.lead_time END), 0) AS seconds,
             count(CASE WHEN c.lead_time > ${cap} THEN 1 END) AS capped_annotations,
             coalesce(sum(c.lead_time), 0) AS recorded_seconds
      FROM task_completion c
      WHERE c.created_at >= $1 AND c.created_at < $2
        AND ${isOneOf(dialect, 'c.project_id', '$3', 'integer')}
        AND NOT c.was_cancelled AND c.import_id IS NULL AND c.completed_by_id IS NOT NULL
      GROUP BY 1, 2, 3
    ) AS totals
    JOIN htx_user u ON u.id = totals.completed_by_id
    JOIN project p ON p.id = totals.project_id AND p.deleted_at IS NULL
    ORDER BY totals.project_id, totals.completed_by_id, totals.day`;
  return { sql, parameters: [...fixed, ...day.parameters] };
}

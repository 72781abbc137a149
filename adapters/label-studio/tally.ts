/** Who annotated how much on which day: aggregate statements in Label Studio's own database. */
import { z } from 'zod';
import { daySpans } from '../sql/day-spans.ts';
import { epochSeconds } from '../sql/epoch.ts';
import { dayText, localDay } from '../sql/local-day.ts';
import type { SqlValue, ToolDatabase } from '../sql/tool-database.ts';
import { integerList, isOneOfIntegers } from '../sql/value-list.ts';
import type { TallyQuery, TallyRow } from '../tool.ts';
import { annotationRules, reasonOf } from './annotation-rules.ts';
import { isProjectId } from './api-calls.ts';
import { type LabelStudioColumns, readColumns } from './columns.ts';

const keySchema = z.object({
  project_id: z.number(),
  completed_by_id: z.number(),
  email: z.string(),
  day: z.string(),
});
const count = z.number().int().nonnegative();
const seconds = z.number().nonnegative();
const numbersSchema = z.object({
  reason: count,
  tasks: count,
  annotations: count,
  regions: count,
  seconds,
  edited_annotations: count,
  edited_seconds: seconds,
  capped_annotations: count,
  capped_seconds: seconds,
  without_time: count,
  first_at: z.number(),
  last_at: z.number(),
});

/**
 * Submitted annotations only: skipped ones, those of erased accounts and those in deleted projects are left out; what is no
 * work (`annotation-rules.ts`) is told apart from what is. On SQLite the question is put in parts, a few days each.
 */
export async function tally(database: ToolDatabase, query: TallyQuery): Promise<TallyRow[]> {
  const projectIds = query.projectIds.filter(isProjectId);
  if (projectIds.length === 0) return [];
  const columns = await readColumns(database);
  const rows = new RowCollector();
  for await (const { from, until } of daySpans(database, 'task_completion', query)) {
    const { sql, parameters } = tallyStatement(database.dialect, columns, { ...query, projectIds, from, until });
    await database.queryEach(sql, parameters, (row) => rows.take(row));
  }
  return rows.rows();
}

/** Makes one row of the several that a person, project and day may have: one for what counts, one for each reason. */
class RowCollector {
  readonly #rows = new Map<string, TallyRow>();
  readonly #texts = new Map<string, string>();

  take(row: unknown): void {
    const key = keySchema.parse(row);
    const merged = this.#rowOf(key);
    const numbers = numbersSchema.safeParse(row);
    if (!numbers.success) {
      merged.unreadable = `Label Studio’s database gives no usable numbers for it: ${z.prettifyError(numbers.error)}`;
      return;
    }
    const reason = reasonOf(numbers.data.reason);
    if (reason === null) Object.assign(merged, countedNumbers(numbers.data));
    else {
      const { annotations, seconds: own, edited_seconds: others } = numbers.data;
      const notCounted = { reason, annotations, seconds: Math.round(own + others) };
      merged.notCounted = [...(merged.notCounted ?? []), notCounted];
    }
  }

  rows(): TallyRow[] {
    return [...this.#rows.values()];
  }

  #rowOf(key: z.infer<typeof keySchema>): TallyRow {
    const { project_id, completed_by_id, day } = key;
    const id = `${project_id} ${completed_by_id} ${day}`;
    const known = this.#rows.get(id);
    if (known) return known;
    const row: TallyRow = {
      projectId: this.#shared(String(project_id)),
      toolUserId: this.#shared(String(completed_by_id)),
      email: this.#shared(key.email),
      day: this.#shared(day),
      tasks: 0,
      annotations: 0,
      regions: 0,
      seconds: 0,
      cappedAnnotations: 0,
      cappedSeconds: 0,
    };
    this.#rows.set(id, row);
    return row;
  }

  /** The same few people, projects and days are in every row: one copy of each text is kept. */
  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }
}

function countedNumbers(row: z.infer<typeof numbersSchema>): Partial<TallyRow> {
  return {
    tasks: row.tasks,
    annotations: row.annotations,
    regions: row.regions,
    seconds: Math.round(row.seconds),
    cappedAnnotations: row.capped_annotations,
    cappedSeconds: Math.round(row.capped_seconds),
    ...(row.edited_annotations > 0
      ? { editedByOthers: { annotations: row.edited_annotations, seconds: Math.round(row.edited_seconds) } }
      : {}),
    ...(row.without_time > 0 ? { withoutTime: row.without_time } : {}),
    firstAt: new Date(row.first_at * 1000),
    lastAt: new Date(row.last_at * 1000),
  };
}

/**
 * The statement and its parameters: a range of `created_at`, which is indexed, grouped before anything is joined. The unary plus
 * keeps SQLite from other indexes: without statistics, which Label Studio never makes, it takes `=` for narrower than a range.
 */
export function tallyStatement(
  dialect: ToolDatabase['dialect'],
  columns: LabelStudioColumns,
  query: TallyQuery,
): { sql: string; parameters: SqlValue[] } {
  const fixed: SqlValue[] = [
    query.from,
    query.until,
    integerList(dialect, query.projectIds),
    query.maxSecondsPerAnnotation,
  ];
  const day = localDay(dialect, 'c.created_at', query.offsets, fixed.length + 1);
  const plain = dialect === 'sqlite' ? '+' : '';
  const rules = annotationRules(dialect, columns, {
    cap: 'CAST($4 AS double precision)',
    countBulk: query.countBulk ?? false,
  });
  const epoch = (instant: string): string => epochSeconds(dialect, instant);
  const sql = `
    SELECT totals.project_id, totals.completed_by_id, lower(u.email) AS email, ${dayText(dialect, 'totals.day')} AS day,
           totals.reason, totals.tasks, totals.annotations, totals.regions, totals.seconds,
           totals.edited_annotations, totals.edited_seconds,
           totals.capped_annotations, totals.capped_seconds, totals.without_time,
           ${epoch('totals.first_at')} AS first_at, ${epoch('totals.last_at')} AS last_at
    FROM (
      SELECT c.project_id, c.completed_by_id, c.day, c.reason,
             count(DISTINCT c.task_id) AS tasks,
             count(*) AS annotations,
             coalesce(sum(c.result_count), 0) AS regions,
             sum(CASE WHEN c.edited THEN 0 ELSE c.seconds END) AS seconds,
             sum(CASE WHEN c.edited THEN 1 ELSE 0 END) AS edited_annotations,
             sum(CASE WHEN c.edited THEN c.seconds ELSE 0 END) AS edited_seconds,
             sum(CASE WHEN c.is_capped THEN 1 ELSE 0 END) AS capped_annotations,
             sum(CASE WHEN c.is_capped THEN c.recorded - c.seconds ELSE 0 END) AS capped_seconds,
             sum(CASE WHEN c.seconds = 0 THEN 1 ELSE 0 END) AS without_time,
             min(c.created_at) AS first_at, max(c.created_at) AS last_at
      FROM (
        SELECT c.project_id, c.completed_by_id, c.task_id, c.result_count, c.created_at, ${day.sql} AS day,
               ${rules.reason} AS reason, ${rules.editedByOthers} AS edited, ${rules.seconds} AS seconds,
               ${rules.isCapped} AS is_capped, ${rules.recordedSeconds} AS recorded
        FROM task_completion c
        WHERE c.created_at >= $1 AND c.created_at < $2
          AND ${isOneOfIntegers(dialect, `${plain}c.project_id`, '$3')}
          AND NOT c.was_cancelled AND ${plain}c.completed_by_id IS NOT NULL
      ) AS c
      GROUP BY 1, 2, 3, 4
    ) AS totals
    JOIN htx_user u ON u.id = totals.completed_by_id
    JOIN project p ON p.id = totals.project_id${columns.project.has('deleted_at') ? ' AND p.deleted_at IS NULL' : ''}
    ORDER BY totals.project_id, totals.completed_by_id, totals.day`;
  return { sql, parameters: [...fixed, ...day.parameters] };
}

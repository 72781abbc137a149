/**
 * Work, counted in doccano's database. A confirmed example is a task, on the day it was confirmed; every row of the six label
 * tables is an annotation, on the day it was made, whether or not its example was confirmed. A deleted project, example or
 * label takes its rows with it, and a removed member's rows stay.
 */
import { z } from 'zod';
import { dayText, localDay } from '../sql/local-day.ts';
import type { SqlValue, ToolDatabase } from '../sql/tool-database.ts';
import type { TallyQuery, TallyRow } from '../tool.ts';
import { labelTables, placeholders } from './database.ts';

const rowSchema = z.object({
  project_id: z.number(),
  user_id: z.number(),
  email: z.string(),
  day: z.string(),
  tasks: z.number(),
  annotations: z.number(),
});

/** The rows of `ToolAdapter.tally`, by one statement. doccano records neither time on task nor regions. */
export async function tallyWork(database: ToolDatabase, query: TallyQuery): Promise<TallyRow[]> {
  const projectIds = query.projectIds.filter((id) => /^\d{1,9}$/.test(id)).map(Number);
  if (projectIds.length === 0) return [];
  const { statement, parameters } = tallyStatement(database.dialect, projectIds, query);
  const rows: z.infer<typeof rowSchema>[] = [];
  await database.queryEach(statement, parameters, (row) => rows.push(rowSchema.parse(row)));
  return rows.map((row) => ({
    projectId: String(row.project_id),
    toolUserId: String(row.user_id),
    email: row.email === '' ? null : row.email,
    day: row.day,
    tasks: row.tasks,
    annotations: row.annotations,
    regions: null,
    seconds: null,
    cappedAnnotations: 0,
    cappedSeconds: 0,
  }));
}

function tallyStatement(
  dialect: ToolDatabase['dialect'],
  projectIds: readonly number[],
  query: TallyQuery,
): { statement: string; parameters: SqlValue[] } {
  const day = localDay(dialect, 'happened_at', query.offsets, 3 + projectIds.length);
  const work = [
    workIn('examples_examplestate', 'confirmed_by_id', 'confirmed_at', 1),
    ...labelTables.map((table) => workIn(table, 'user_id', 'created_at', 0)),
  ];
  // The unique (example, confirmed_by) of doccano makes each confirmation a distinct task.
  const statement = `
    WITH work AS (${work.join(' UNION ALL ')}),
    dated AS (
      SELECT example.project_id, work.user_id, ${day.sql} AS day, work.is_task
      FROM work JOIN examples_example example ON example.id = work.example_id
      WHERE example.project_id IN (${placeholders(projectIds.length, 3)})),
    totals AS (
      SELECT project_id, user_id, day, sum(is_task) AS tasks, sum(1 - is_task) AS annotations
      FROM dated GROUP BY project_id, user_id, day)
    SELECT project_id, user_id, lower(account.email) AS email, ${dayText(dialect, 'day')} AS day, tasks, annotations
    FROM totals JOIN auth_user account ON account.id = totals.user_id`;
  return { statement, parameters: [query.from, query.until, ...projectIds, ...day.parameters] };
}

function workIn(table: string, user: string, time: string, isTask: 0 | 1): string {
  return `SELECT example_id, ${user} AS user_id, ${time} AS happened_at, ${isTask} AS is_task
    FROM ${table} WHERE ${time} >= $1 AND ${time} < $2`;
}

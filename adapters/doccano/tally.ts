/**
 * Work, counted in doccano's database. A confirmed example is a task, on the day it was confirmed; every row of the six label
 * tables is an annotation, on the day it was made, whether or not its example was confirmed. A deleted project, example or
 * label takes its rows with it, and a removed member's rows stay.
 */
import { z } from 'zod';
import { epochSeconds } from '../sql/epoch.ts';
import { dayText, localDay } from '../sql/local-day.ts';
import type { SqlValue, ToolDatabase } from '../sql/tool-database.ts';
import type { TallyQuery, TallyRow } from '../tool.ts';
import { labelTables, placeholders } from './database.ts';

const keySchema = z.object({ project_id: z.number(), user_id: z.number(), email: z.string(), day: z.string() });
const count = z.number().int().nonnegative();
const numbersSchema = z.object({
  ...{ tasks: count, annotations: count },
  ...{ first_at: z.number().nullable(), last_at: z.number().nullable() },
});

/**
 * The rows of `ToolAdapter.tally`, by one statement. doccano records neither time on task nor regions, nor who changed a label last or
 * whether its auto-labelling made it: what depends on those is left out.
 */
export async function tallyWork(database: ToolDatabase, query: TallyQuery): Promise<TallyRow[]> {
  const projectIds = query.projectIds.filter((id) => /^\d{1,9}$/.test(id)).map(Number);
  if (projectIds.length === 0) return [];
  const { statement, parameters } = tallyStatement(database.dialect, projectIds, query);
  const rows: TallyRow[] = [];
  await database.queryEach(statement, parameters, (row) => rows.push(tallyRow(row)));
  return rows;
}

function tallyRow(row: unknown): TallyRow {
  const key = keySchema.parse(row);
  const numbers = numbersSchema.safeParse(row);
  const { tasks, annotations, first_at, last_at } = numbers.data ?? {
    ...{ tasks: 0, annotations: 0, first_at: null, last_at: null },
  };
  return {
    projectId: String(key.project_id),
    toolUserId: String(key.user_id),
    email: key.email === '' ? null : key.email,
    day: key.day,
    ...{ tasks, annotations, regions: null, seconds: null, cappedAnnotations: 0, cappedSeconds: 0 },
    ...(first_at === null ? {} : { firstAt: new Date(first_at * 1000) }),
    ...(last_at === null ? {} : { lastAt: new Date(last_at * 1000) }),
    ...(numbers.success
      ? {}
      : { unreadable: `doccano’s database gives no usable numbers for it: ${z.prettifyError(numbers.error)}` }),
  };
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
      SELECT example.project_id, work.user_id, ${day.sql} AS day, work.is_task, work.happened_at
      FROM work JOIN examples_example example ON example.id = work.example_id
      WHERE example.project_id IN (${placeholders(projectIds.length, 3)})),
    totals AS (
      SELECT project_id, user_id, day, sum(is_task) AS tasks, sum(1 - is_task) AS annotations,
             min(CASE WHEN is_task = 0 THEN happened_at END) AS first_at,
             max(CASE WHEN is_task = 0 THEN happened_at END) AS last_at
      FROM dated GROUP BY project_id, user_id, day)
    SELECT project_id, user_id, lower(account.email) AS email, ${dayText(dialect, 'day')} AS day, tasks, annotations,
           ${epochSeconds(dialect, 'first_at')} AS first_at, ${epochSeconds(dialect, 'last_at')} AS last_at
    FROM totals JOIN auth_user account ON account.id = totals.user_id`;
  return { statement, parameters: [query.from, query.until, ...projectIds, ...day.parameters] };
}

function workIn(table: string, user: string, time: string, isTask: 0 | 1): string {
  return `SELECT example_id, ${user} AS user_id, ${time} AS happened_at, ${isTask} AS is_task
    FROM ${table} WHERE ${time} >= $1 AND ${time} < $2`;
}

/**
 * Work, counted in doccano's database. A confirmed example is a task, on the day it was confirmed; every row of the six label
 * tables is an annotation, on the day it was made, whether or not its example was confirmed. A deleted project, example or
 * label takes its rows with it, and a removed member's rows stay.
 */
import { z } from 'zod';
import { epochSeconds } from '../sql/epoch.ts';
import { idSpans } from '../sql/id-spans.ts';
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

/** Where work is written down: the person, the time, and whether a row is a task or an annotation. */
interface WorkTable {
  table: string;
  user: string;
  time: string;
  isTask: 0 | 1;
}

const workTables: readonly WorkTable[] = [
  { table: 'examples_examplestate', user: 'confirmed_by_id', time: 'confirmed_at', isTask: 1 },
  ...labelTables.map((table): WorkTable => ({ table, user: 'user_id', time: 'created_at', isTask: 0 })),
];

/**
 * The rows of `ToolAdapter.tally`. doccano records neither time on task nor regions, nor who changed a label last or whether its
 * auto-labelling made it: what depends on those is left out. It has no index on the time of a label: PostgreSQL reads the tables in one
 * statement; on SQLite, where a reader stops the tool's writers, they are read in parts, `rows` of one table each.
 */
export async function tallyWork(database: ToolDatabase, query: TallyQuery, rows?: number): Promise<TallyRow[]> {
  const projectIds = query.projectIds.filter((id) => /^\d{1,9}$/.test(id)).map(Number);
  if (projectIds.length === 0) return [];
  const sums = new Map<string, TallyRow>();
  const read = async (work: string, span: readonly number[]): Promise<void> => {
    const { statement, parameters } = tallyStatement(database.dialect, projectIds, query, { work, span });
    await database.queryEach(statement, parameters, (row) => addTo(sums, tallyRow(row)));
  };
  if (database.dialect === 'postgres') {
    await read(workTables.map((source) => workIn(source)).join(' UNION ALL '), []);
  } else {
    for (const source of workTables) {
      for await (const { after, upTo } of idSpans(database, source.table, rows)) {
        await read(`${workIn(source)} AND id > $3 AND id <= $4`, [after, upTo]);
      }
    }
  }
  return [...sums.values()];
}

/** A person's day in a project may be in several parts. */
function addTo(sums: Map<string, TallyRow>, row: TallyRow): void {
  const key = `${row.projectId} ${row.toolUserId} ${row.day}`;
  const known = sums.get(key);
  if (!known) return void sums.set(key, row);
  known.tasks += row.tasks;
  known.annotations += row.annotations;
  if (row.unreadable !== undefined) known.unreadable = row.unreadable;
  if (row.firstAt && !(known.firstAt && known.firstAt <= row.firstAt)) known.firstAt = row.firstAt;
  if (row.lastAt && !(known.lastAt && known.lastAt >= row.lastAt)) known.lastAt = row.lastAt;
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

/** `work` is the rows of work, which may use `span` as `$3` and `$4`. */
function tallyStatement(
  dialect: ToolDatabase['dialect'],
  projectIds: readonly number[],
  query: TallyQuery,
  { work, span }: { work: string; span: readonly number[] },
): { statement: string; parameters: SqlValue[] } {
  const fixed = [query.from, query.until, ...span];
  const day = localDay(dialect, 'happened_at', query.offsets, fixed.length + 1 + projectIds.length);
  // The unique (example, confirmed_by) of doccano makes each confirmation a distinct task.
  const statement = `
    WITH work AS (${work}),
    dated AS (
      SELECT example.project_id, work.user_id, ${day.sql} AS day, work.is_task, work.happened_at
      FROM work JOIN examples_example example ON example.id = work.example_id
      WHERE example.project_id IN (${placeholders(projectIds.length, fixed.length + 1)})),
    totals AS (
      SELECT project_id, user_id, day, sum(is_task) AS tasks, sum(1 - is_task) AS annotations,
             min(CASE WHEN is_task = 0 THEN happened_at END) AS first_at,
             max(CASE WHEN is_task = 0 THEN happened_at END) AS last_at
      FROM dated GROUP BY project_id, user_id, day)
    SELECT project_id, user_id, lower(account.email) AS email, ${dayText(dialect, 'day')} AS day, tasks, annotations,
           ${epochSeconds(dialect, 'first_at')} AS first_at, ${epochSeconds(dialect, 'last_at')} AS last_at
    FROM totals JOIN auth_user account ON account.id = totals.user_id`;
  return { statement, parameters: [...fixed, ...projectIds, ...day.parameters] };
}

function workIn({ table, user, time, isTask }: WorkTable): string {
  return `SELECT example_id, ${user} AS user_id, ${time} AS happened_at, ${isTask} AS is_task
    FROM ${table} WHERE ${time} >= $1 AND ${time} < $2`;
}

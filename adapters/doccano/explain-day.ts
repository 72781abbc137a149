/** One day of one person in doccano: every label and every confirmation, as the tally counts them. */
import { z } from 'zod';
import type { DayQuery, ExplainedAnnotation, ExplainedDay } from '../explained-day.ts';
import type { SqlValue, ToolDatabase } from '../sql/tool-database.ts';
import { labelTables, placeholders } from './database.ts';

const rowSchema = z.object({
  kind: z.string(),
  id: z.number(),
  example_id: z.number(),
  project_id: z.number(),
  user_id: z.number(),
  happened_at: z.union([z.date(), z.string().transform((text) => new Date(`${text.replace(' ', 'T')}Z`))]),
});
const confirmation = 'confirmation';

/** Everything of these accounts between the two instants. What doccano deleted has left nothing behind. */
export async function explainDay(database: ToolDatabase, query: DayQuery): Promise<ExplainedDay> {
  const ids = query.toolUserIds.filter((id) => /^\d{1,9}$/.test(id)).map(Number);
  if (ids.length === 0) return { annotations: [], hasMore: false };
  const { statement, parameters } = explainStatement(ids, query);
  const annotations: ExplainedAnnotation[] = [];
  await database.queryEach(statement, parameters, (row) => annotations.push(explained(rowSchema.parse(row))));
  return { annotations: annotations.slice(0, query.limit), hasMore: annotations.length > query.limit };
}

function explained(row: z.infer<typeof rowSchema>): ExplainedAnnotation {
  return {
    annotationId: `${row.kind} ${row.id}`,
    kind: row.kind === confirmation ? 'confirmation' : 'annotation',
    toolUserId: String(row.user_id),
    projectId: String(row.project_id),
    taskId: String(row.example_id),
    createdAt: row.happened_at,
    ...{ regions: null, recordedSeconds: null, countedSeconds: null, leftOut: null, editedByOther: false },
  };
}

/** The statement and its parameters: doccano has an index on the user of each of these tables. */
export function explainStatement(
  ids: readonly number[],
  query: Pick<DayQuery, 'from' | 'until' | 'limit'>,
): { statement: string; parameters: SqlValue[] } {
  const who = placeholders(ids.length, 4);
  const workIn = (kind: string, table: string, user: string, time: string): string => `
    SELECT '${kind}' AS kind, id, example_id, ${user} AS user_id, ${time} AS happened_at
    FROM ${table} WHERE ${user} IN (${who}) AND ${time} >= $1 AND ${time} < $2`;
  const work = [
    workIn(confirmation, 'examples_examplestate', 'confirmed_by_id', 'confirmed_at'),
    ...labelTables.map((table) => workIn(table.replace('labels_', ''), table, 'user_id', 'created_at')),
  ];
  const statement = `
    SELECT work.kind, work.id, work.example_id, example.project_id, work.user_id, work.happened_at
    FROM (${work.join(' UNION ALL ')}) AS work
    JOIN examples_example example ON example.id = work.example_id
    ORDER BY work.happened_at, work.kind, work.id
    LIMIT $3`;
  return { statement, parameters: [query.from, query.until, query.limit + 1, ...ids] };
}

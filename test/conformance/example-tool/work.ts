/** Work in Sorter, read from its SQLite file: the totals of days, and one day annotation by annotation. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import type {
  DatabaseSign,
  DayQuery,
  ExplainedAnnotation,
  ExplainedDay,
  TallyQuery,
  TallyRow,
} from '../../../adapters/tool.ts';

const timeoutMilliseconds = 3_000;

const tallyRowSchema = z.object({
  ...{ projectId: z.string(), toolUserId: z.string(), email: z.string(), day: z.string() },
  ...{ tasks: z.number(), annotations: z.number(), regions: z.null(), seconds: z.number() },
  ...{ cappedAnnotations: z.number(), cappedSeconds: z.number(), withoutTime: z.number() },
  ...{ firstAt: z.coerce.date(), lastAt: z.coerce.date() },
});

const tallyStatement = `
  SELECT CAST(project_id AS text) AS projectId, CAST(account_id AS text) AS toolUserId, account.email,
    date(created_at, (
      SELECT json_extract(value, '$.offsetSeconds') || ' seconds' FROM json_each($offsets)
      WHERE json_extract(value, '$.from') <= created_at ORDER BY json_extract(value, '$.from') DESC LIMIT 1)) AS day,
    count(DISTINCT task_id) AS tasks, count(*) AS annotations, NULL AS regions,
    CAST(round(sum(min(seconds, $cap))) AS integer) AS seconds,
    sum(seconds > $cap) AS cappedAnnotations, CAST(round(sum(max(seconds - $cap, 0))) AS integer) AS cappedSeconds,
    sum(seconds = 0) AS withoutTime, min(created_at) AS firstAt, max(created_at) AS lastAt
  FROM annotation
  JOIN task ON task.id = task_id JOIN project ON project.id = project_id JOIN account ON account.id = account_id
  WHERE NOT is_skipped AND NOT is_deleted AND created_at >= $from AND created_at < $until
    AND CAST(project_id AS text) IN (SELECT value FROM json_each($projects))
  GROUP BY project_id, account_id, day ORDER BY project_id, account_id, day`;

const annotationSchema = z
  .object({
    ...{ annotationId: z.string(), toolUserId: z.string(), projectId: z.string(), taskId: z.string() },
    ...{ createdAt: z.coerce.date(), recordedSeconds: z.number(), countedSeconds: z.number(), isSkipped: z.number() },
  })
  .transform(
    ({ isSkipped, countedSeconds, ...row }): ExplainedAnnotation => ({
      ...row,
      kind: 'annotation',
      regions: null,
      countedSeconds: isSkipped === 1 ? 0 : countedSeconds,
      leftOut: isSkipped === 1 ? 'skipped' : null,
      editedByOther: false,
    }),
  );

const dayStatement = `
  SELECT CAST(annotation.id AS text) AS annotationId, CAST(account_id AS text) AS toolUserId,
    CAST(project_id AS text) AS projectId, CAST(task_id AS text) AS taskId, created_at AS createdAt,
    seconds AS recordedSeconds, min(seconds, $cap) AS countedSeconds, is_skipped AS isSkipped
  FROM annotation JOIN task ON task.id = task_id JOIN project ON project.id = project_id
  WHERE NOT is_deleted AND created_at >= $from AND created_at < $until
    AND CAST(account_id AS text) IN (SELECT value FROM json_each($accounts))
  ORDER BY created_at, annotation.id LIMIT $limit`;

/** The rows of `ToolAdapter.tally`. */
export function readTally(databaseUrl: string, query: TallyQuery): TallyRow[] {
  const rows = read(databaseUrl, tallyStatement, {
    $offsets: JSON.stringify(query.offsets),
    $projects: JSON.stringify(query.projectIds),
    $from: query.from.toISOString(),
    $until: query.until.toISOString(),
    $cap: query.maxSecondsPerAnnotation,
  });
  return z.array(tallyRowSchema).parse(rows);
}

/** The answer of `ToolAdapter.explainDay`. */
export function readDay(databaseUrl: string, query: DayQuery): ExplainedDay {
  const rows = read(databaseUrl, dayStatement, {
    $accounts: JSON.stringify(query.toolUserIds),
    $from: query.from.toISOString(),
    $until: query.until.toISOString(),
    $cap: query.maxSecondsPerAnnotation,
    $limit: query.limit + 1,
  });
  const annotations = z.array(annotationSchema).parse(rows);
  return { annotations: annotations.slice(0, query.limit), hasMore: annotations.length > query.limit };
}

const signsStatement = `
  SELECT 'account' AS kind, CAST(id AS text) AS id, joined_at AS createdAt FROM account WHERE id = (SELECT min(id) FROM account)
  UNION ALL SELECT 'project', CAST(id AS text), made_at FROM project`;

/** The answer of `ToolAdapter.readSigns`. */
export function readSigns(databaseUrl: string): DatabaseSign[] {
  const schema = z.object({ kind: z.enum(['account', 'project']), id: z.string(), createdAt: z.coerce.date() });
  return z.array(schema).parse(read(databaseUrl, signsStatement, {}));
}

function read(databaseUrl: string, statement: string, parameters: Record<string, SQLInputValue>): unknown[] {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(databaseUrl.replace(/^sqlite:/, ''), { readOnly: true, timeout: timeoutMilliseconds });
    return database.prepare(statement).all(parameters);
  } catch {
    throw new ToolUnavailable('Sorter’s file cannot be read.');
  } finally {
    database?.close();
  }
}

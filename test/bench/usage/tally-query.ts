/** The same question, asked through the adapter and as a bare aggregate. */
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { pino } from 'pino';
import labelStudio from '../../../adapters/label-studio/index.ts';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import type { TallyQuery, ToolAdapter } from '../../../adapters/tool.ts';
import { sqliteFile } from '../../../plugin/settings/sqlite-file.ts';
import { addDays, offsetPeriods, startOfDay } from '../../../plugin/usage/days.ts';
import { DAYS, FIRST_DAY } from './fill.ts';

const CAP_SECONDS = 3_600;

/** Everything in these projects, by UTC days. */
export function wholeQuery(projectIds: readonly number[], days = DAYS): TallyQuery {
  const from = startOfDay(FIRST_DAY, 'UTC');
  const until = startOfDay(addDays(FIRST_DAY, days), 'UTC');
  return {
    projectIds: projectIds.map(String),
    from,
    until,
    offsets: offsetPeriods('UTC', from, until),
    maxSecondsPerAnnotation: CAP_SECONDS,
  };
}

/** The adapter as the plugin opens it. */
export function openAdapter(tool: Pick<LocalTool, 'baseUrl' | 'apiToken' | 'databaseUrl'>): Promise<ToolAdapter> {
  return labelStudio.createAdapter({ ...tool, publicUrl: tool.baseUrl, log: pino({ level: 'silent' }) });
}

export interface BareAggregate {
  /** Runs it once; returns the number of rows. */
  run(): Promise<number>;
  close(): Promise<void>;
}

/** The least that answers the question, straight through the driver. */
export async function openBareAggregate(databaseUrl: string, projectIds: readonly number[]): Promise<BareAggregate> {
  const file = sqliteFile(databaseUrl);
  const day = file ? 'date(created_at)' : `CAST(created_at AT TIME ZONE 'UTC' AS date)`;
  const least = file ? 'min' : 'least';
  const sql = `SELECT project_id, completed_by_id, ${day} AS day, count(DISTINCT task_id) AS tasks, count(*) AS annotations,
      sum(result_count) AS regions, sum(${least}(lead_time, ${CAP_SECONDS})) AS seconds
    FROM task_completion WHERE NOT was_cancelled AND project_id IN (${projectIds.join(', ')}) GROUP BY 1, 2, 3`;
  if (file) {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 60_000 });
    return { run: async () => database.prepare(sql).all().length, close: async () => database.close() };
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return { run: async () => (await client.query(sql)).rows.length, close: () => client.end() };
}

/** Fills a real Label Studio database with work: people, tasks and annotations, by SQL, since its API would take days. */
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { sqliteFile } from '../../../plugin/settings/sqlite-file.ts';

export const PEOPLE = 100;
export const DAYS = 90;
export const FIRST_DAY = '2031-01-01';
/** As Label Studio asks for by default. */
const ANNOTATIONS_PER_TASK = 1;

export interface Batch {
  /** Project ids that exist already. */
  projectIds: readonly number[];
  /** Annotations are numbered: the first and the last of this batch (excluded). */
  from: number;
  until: number;
}

export interface Filler {
  /** People with a Work Email each, numbered from `firstUser`. Returns the first id. */
  addPeople(): Promise<number>;
  /** Tasks and their annotations, spread over {@link DAYS} days and {@link PEOPLE} people. */
  addWork(batch: Batch, firstUser: number): Promise<void>;
  /** Brings the planner's statistics up to date. */
  analyze(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the tool's database for filling. */
export async function openFiller(databaseUrl: string): Promise<Filler> {
  const file = sqliteFile(databaseUrl);
  if (file) return sqliteFiller(file);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return filler(
    'postgres',
    async (sql) => (await client.query(sql)).rows[0],
    () => client.end(),
  );
}

function sqliteFiller(file: string): Filler {
  const database = new DatabaseSync(file, { timeout: 60_000 });
  database.exec('PRAGMA synchronous = OFF');
  const run = async (sql: string): Promise<unknown> => database.prepare(sql).get();
  return filler('sqlite', run, async () => database.close());
}

type Dialect = 'postgres' | 'sqlite';

function filler(dialect: Dialect, run: (sql: string) => Promise<unknown>, close: () => Promise<void>): Filler {
  return {
    addPeople: async () => {
      await run(peopleSql(dialect));
      const row = await run("SELECT min(id) AS first FROM htx_user WHERE email LIKE '%@opentrain.work'");
      return Number(Object(row).first);
    },
    addWork: async (batch, firstUser) => {
      const row = Object(await run('SELECT coalesce(max(id), 0) AS last_task FROM task'));
      await run(tasksSql(dialect, batch, Number(row.last_task)));
      await run(annotationsSql(dialect, batch, { firstUser, lastTask: Number(row.last_task) }));
    },
    analyze: async () => void (await run('ANALYZE')),
    close,
  };
}

function series(dialect: Dialect, from: number, until: number): string {
  if (dialect === 'postgres') return `(SELECT generate_series(${from}::bigint, ${until - 1}) AS i) AS series`;
  return `(WITH RECURSIVE counter(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM counter WHERE i + 1 < ${until}) SELECT i FROM counter) AS series`;
}

function peopleSql(dialect: Dialect): string {
  const columns = [
    'is_superuser',
    'is_staff',
    'is_active',
    'date_joined',
    'last_activity',
    'activity_at',
    'phone',
    'avatar',
    'active_organization_id',
  ];
  return `INSERT INTO htx_user (password, username, email, first_name, last_name, ${columns.join(', ')})
    SELECT '!', 'trainer' || i, 'trainer' || i || '@opentrain.work', 'Trainer', '' || i, ${columns.map((column) => `owner.${column}`).join(', ')}
    FROM ${series(dialect, 0, PEOPLE)}, (SELECT * FROM htx_user ORDER BY id LIMIT 1) AS owner`;
}

function projectOf({ projectIds }: Batch, task: string): string {
  const cases = projectIds.map((id, index) => `WHEN ${index} THEN ${id}`).join(' ');
  return `CASE ${task} % ${projectIds.length} ${cases} END`;
}

function tasksSql(dialect: Dialect, batch: Batch, lastTask: number): string {
  const tasks = Math.ceil((batch.until - batch.from) / ANNOTATIONS_PER_TASK);
  const data =
    dialect === 'postgres' ? `jsonb_build_object('text', 'Sentence ' || i)` : `json_object('text', 'Sentence ' || i)`;
  const now = `'${FIRST_DAY} 00:00:00'`;
  return `INSERT INTO task (id, data, created_at, updated_at, is_labeled, project_id, overlap, inner_id, total_annotations,
      cancelled_annotations, total_predictions, comment_count, unresolved_comment_count)
    SELECT ${lastTask} + 1 + i, ${data}, ${now}, ${now}, true, ${projectOf(batch, 'i')}, 1, i + 1, ${ANNOTATIONS_PER_TASK}, 0, 0, 0, 0
    FROM ${series(dialect, 0, tasks)}`;
}

function annotationsSql(
  dialect: Dialect,
  batch: Batch,
  { firstUser, lastTask }: { firstUser: number; lastTask: number },
): string {
  const task = `((i - ${batch.from}) / ${ANNOTATIONS_PER_TASK})`;
  const second = `CAST((i - ${batch.from}) * ${(DAYS * 86_400) / (batch.until - batch.from)} AS integer)`;
  const instant =
    dialect === 'postgres'
      ? `timestamptz '${FIRST_DAY} 00:00:00Z' + ${second} * interval '1 second'`
      : `datetime('${FIRST_DAY}', ${second} || ' seconds')`;
  const uniqueId = dialect === 'postgres' ? 'md5(i::text)::uuid' : `printf('%032x', i)`;
  const result = `'[{"id":"r1","type":"choices","value":{"choices":["Positive"]},"to_name":"text","from_name":"sentiment"}]'`;
  return `INSERT INTO task_completion (result, was_cancelled, created_at, updated_at, task_id, lead_time, result_count,
      completed_by_id, updated_by_id, ground_truth, project_id, unique_id, bulk_created)
    SELECT ${dialect === 'postgres' ? `${result}::jsonb` : result}, i % 40 = 0, ${instant}, ${instant}, ${lastTask} + 1 + ${task}, 5 + i % 90, 1 + i % 4,
      ${firstUser} + i % ${PEOPLE}, ${firstUser} + i % ${PEOPLE}, false, ${projectOf(batch, task)}, ${uniqueId}, false
    FROM ${series(dialect, batch.from, batch.until)}`;
}

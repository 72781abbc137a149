/** Labels of past days, written straight into the database of a local Label Studio: its API dates everything now. */
import { randomUUID } from 'node:crypto';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import type { LocalTool, PastWork } from '../../../../adapters/local-tool.ts';

const BUSY_TIMEOUT_MS = 10_000;
const columnsSchema = z.array(z.object({ name: z.string() }));
const rowSchema = z.object({ id: z.number() });

/** Takes any annotation as the pattern and changes what tells one from another. Throws without SQLite, or without a pattern. */
export function addPastWork(tool: LocalTool, work: readonly PastWork[]): void {
  if (!tool.databaseUrl.startsWith('sqlite:')) throw new Error('Past work is written into SQLite only.');
  const database = new DatabaseSync(tool.databaseUrl.slice('sqlite:'.length), { timeout: BUSY_TIMEOUT_MS });
  try {
    const names = columnsSchema.parse(database.prepare('PRAGMA table_info(task_completion)').all());
    const columns = names.map(({ name }) => name).filter((name) => name !== 'id');
    const pattern = database.prepare('SELECT * FROM task_completion ORDER BY id LIMIT 1').get();
    if (!pattern) throw new Error('Past work needs one annotation as its pattern.');
    const insert = database.prepare(
      `INSERT INTO task_completion (${columns.join(', ')}) VALUES (${columns.map((name) => `:${name}`).join(', ')})`,
    );
    database.exec('BEGIN IMMEDIATE');
    for (const [index, one] of work.entries()) {
      const values: Record<string, SQLInputValue> = { ...pattern, ...changes(database, one, index) };
      insert.run(Object.fromEntries(columns.map((name) => [name, values[name] ?? null])));
    }
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

/** Django's form of a moment in SQLite, in UTC. */
function djangoMoment(at: Date): string {
  return at.toISOString().replace('T', ' ').replace('Z', '000');
}

function changes(database: DatabaseSync, one: PastWork, index: number): Record<string, SQLInputValue> {
  const user = rowSchema.parse(database.prepare('SELECT id FROM htx_user WHERE email = ?').get(one.email));
  const tasks = z
    .array(rowSchema)
    .parse(database.prepare('SELECT id FROM task WHERE project_id = ? ORDER BY id').all(one.projectId));
  const task = tasks[index % tasks.length];
  if (!task) throw new Error(`Project ${one.projectId} has no tasks.`);
  const at = djangoMoment(one.at);
  return {
    task_id: task.id,
    project_id: one.projectId,
    completed_by_id: user.id,
    updated_by_id: user.id,
    created_at: at,
    updated_at: at,
    lead_time: one.seconds,
    unique_id: randomUUID().replaceAll('-', ''),
  };
}

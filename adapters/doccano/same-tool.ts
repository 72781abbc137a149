/**
 * Whether TOOL_DATABASE_URL is the database of the doccano at TOOL_BASE_URL. doccano has no organizations, and its first account is often
 * called the same, so the projects that the token's account is in are compared too.
 *
 * | in the database                                                         | the database is    |
 * |-------------------------------------------------------------------------|--------------------|
 * | the token's account has another name, or is not there                   | another doccano's  |
 * | none of the newest projects, with its number and its time of creation   | another doccano's  |
 * | anything else; there are no projects yet, or the role may not read them | this doccano's     |
 */
import { z } from 'zod';
import { ToolRefused } from '../errors.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import { isOneOf, listParameter } from '../sql/value-list.ts';
import type { DatedProject, DoccanoUser } from './api.ts';
import type { Connection } from './connection.ts';
import { readUsername } from './database.ts';

/** The API tells milliseconds at best. */
const createdApartMilliseconds = 1_000;
/** Another database would have to take the place of this one while the plugin runs; the core looks at that (`readSigns`). */
const projectsBelievedMilliseconds = 60_000;

const comparedAt = new WeakMap<Connection, number>();

/**
 * Throws ToolRefused by the table above: nobody's account may be closed in another doccano, nor work counted there, so this is asked
 * before every change and every tally.
 */
export async function insistOnSameTool(connection: Connection, known?: DoccanoUser): Promise<void> {
  const opened = await connection.database();
  if (!opened?.rights.accounts) return;
  const { database, rights } = opened;
  const me = known ?? (await connection.api.me());
  if ((await readUsername(database, me.id)) !== me.username) throw anotherDoccano();
  const compared = comparedAt.get(connection) ?? Number.NEGATIVE_INFINITY;
  if (!rights.projects || performance.now() - compared < projectsBelievedMilliseconds) return;
  const newest = await connection.api.newestProjects();
  if (newest.length > 0 && !(await hasOneOf(database, newest))) throw anotherDoccano();
  if (newest.length > 0) comparedAt.set(connection, performance.now());
}

function anotherDoccano(): ToolRefused {
  return new ToolRefused(
    'TOOL_DATABASE_URL is the database of another doccano than the one at TOOL_BASE_URL.',
    'Set both to the same doccano.',
  );
}

/** SQLite holds UTC as text without a zone. */
const instant = z.union([z.date(), z.string().transform((text) => new Date(`${text.replace(' ', 'T')}Z`))]);
const rowsSchema = z.array(z.object({ id: z.number(), created_at: instant }));

async function hasOneOf(database: ToolDatabase, projects: readonly DatedProject[]): Promise<boolean> {
  const statement = `SELECT id, created_at FROM projects_project WHERE ${isOneOf(database.dialect, 'id', '$1', 'integer')}`;
  const rows = rowsSchema.parse(await database.query(statement, [listParameter(projects.map(({ id }) => id))]));
  const created = new Map(rows.map(({ id, created_at }) => [id, created_at.getTime()]));
  return projects.some(({ id, createdAt }) => {
    const there = created.get(id);
    return there !== undefined && Math.abs(there - createdAt.getTime()) <= createdApartMilliseconds;
  });
}

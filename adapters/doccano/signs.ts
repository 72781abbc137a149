/** What this doccano's database is recognised by: its first account, and its first projects. doccano has no organizations. */
import { type DatabaseSign, SIGN_PROJECTS } from '../database-sign.ts';
import { querySigns } from '../sql/database-signs.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { Connection } from './connection.ts';

const account = `SELECT 'account' AS kind, id, date_joined AS created_at FROM auth_user
  WHERE id = (SELECT min(id) FROM auth_user)`;
const projects = `UNION ALL SELECT 'project', id, created_at FROM projects_project
  WHERE id IN (SELECT id FROM projects_project ORDER BY id LIMIT $1)`;

/** See `ToolAdapter.readSigns`. A role that may not read the projects leaves the first account. */
export async function readSigns(connection: Connection): Promise<DatabaseSign[] | null> {
  const opened = await connection.database();
  return opened?.rights.accounts ? signsIn(opened.database, opened.rights.projects) : null;
}

/** The first account, and on request the first projects. */
export function signsIn(database: ToolDatabase, withProjects: boolean): Promise<DatabaseSign[]> {
  return withProjects
    ? querySigns(database, `${account} ${projects}`, [SIGN_PROJECTS])
    : querySigns(database, account, []);
}

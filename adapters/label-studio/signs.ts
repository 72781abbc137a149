/** What this Label Studio's database is recognised by: its organizations, its first account, and its first projects. */
import { type DatabaseSign, SIGN_PROJECTS } from '../database-sign.ts';
import { querySigns } from '../sql/database-signs.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';

const statement = `
  SELECT 'organization' AS kind, id, created_at FROM organization WHERE created_at IS NOT NULL
  UNION ALL SELECT 'account', id, date_joined FROM htx_user WHERE id = (SELECT min(id) FROM htx_user)
  UNION ALL SELECT 'project', id, created_at FROM project
    WHERE created_at IS NOT NULL AND id IN (SELECT id FROM project ORDER BY id LIMIT $1)`;

/** See `ToolAdapter.readSigns`. */
export function readSigns(database: ToolDatabase): Promise<DatabaseSign[]> {
  return querySigns(database, statement, [SIGN_PROJECTS]);
}

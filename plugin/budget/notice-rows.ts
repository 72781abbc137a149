/** The notice that each project of the tool shows at the moment; no row: none of ours. */
import type { Database } from '../store/database.ts';

export interface NoticeRow {
  project_id: string;
  notice: string;
  shown_at: number;
}

export async function allNotices(database: Database): Promise<NoticeRow[]> {
  return database<NoticeRow>('notices').select('*').orderBy('project_id');
}

/** The notice shown on this project, or null. */
export async function findNotice(database: Database, projectId: string): Promise<string | null> {
  const row = await database<NoticeRow>('notices').where({ project_id: projectId }).first();
  return row?.notice ?? null;
}

/** Remembers what the project shows now; null: nothing. */
export async function saveNotice(
  database: Database,
  projectId: string,
  notice: string | null,
  at: Date,
): Promise<void> {
  if (notice === null) await database<NoticeRow>('notices').where({ project_id: projectId }).delete();
  else {
    await database<NoticeRow>('notices')
      .insert({ project_id: projectId, notice, shown_at: at.getTime() })
      .onConflict('project_id')
      .merge();
  }
}

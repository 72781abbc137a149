/** What is stopped until an admin decides. Pure. */
import { OTHER_DATABASE, OTHER_DATABASE_REMEDY } from '../access/tool-database.ts';
import type { Status, UngroupedProblem } from './status-types.ts';

/** Where an admin decides. */
export const HELD_PAGE = { path: '/console/held', name: 'Open held changes' } as const;

/** Another database in the place of the tool's known one. */
export function databaseProblems({ otherDatabase }: Pick<Status, 'otherDatabase'>): UngroupedProblem[] {
  if (!otherDatabase) return [];
  const { found, since } = otherDatabase;
  const what = `${OTHER_DATABASE} It shows: ${found}.`;
  return [{ severity: 'urgent', what, remedy: OTHER_DATABASE_REMEDY, since, page: HELD_PAGE }];
}

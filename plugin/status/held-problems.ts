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
  return [
    { matter: 'other-database', severity: 'urgent', what, remedy: OTHER_DATABASE_REMEDY, since, page: HELD_PAGE },
  ];
}

type UsageProblem = Status['contracts']['problems'][number];

/** A large decrease that an admin has to accept or drop. */
export function heldProblem({ id, title, problem, since }: UsageProblem): UngroupedProblem {
  const what = `A decrease of ${title ?? id} is held: ${problem}`;
  const remedy = `Accept or drop it in the console under Usage → Held, or with \`opentrain-plugin sync --accept --contract ${id}\` or \`--drop\`.`;
  return { matter: 'decrease-held', severity: 'urgent', what, remedy, since, page: HELD_PAGE };
}

/** Usage that cannot be sent for another reason. */
export function unsentProblem({ id, title, problem, since }: UsageProblem): UngroupedProblem {
  const what = `Usage of ${title ?? id} cannot be sent: ${problem}`;
  const remedy = `It is tried again by itself; \`opentrain-plugin sync --contract ${id}\` tries now.`;
  return { matter: 'usage-not-sent', severity: 'urgent', what, remedy, since };
}

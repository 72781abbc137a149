/**
 * While the tool's database is away or refuses the role, the adapter goes on with the API alone: `describe` tells less capabilities and
 * why (`databaseProblem`), accounts are looked for through the API, and a removal ends what the API can end and returns the rest.
 */
import { messageOf, ToolRefused, ToolUnavailable } from './errors.ts';

/** Whether a call to the tool's database failed because of the database: it does not answer, or it refuses. */
export function isDatabaseFailure(error: unknown): error is ToolUnavailable | ToolRefused {
  return error instanceof ToolUnavailable || error instanceof ToolRefused;
}

/** The remedy for what waits for the database: a sentence or two. */
export function databaseRemedy(error: ToolUnavailable | ToolRefused): string {
  const remedy = error instanceof ToolRefused ? ` ${error.remedy}` : '';
  return `${messageOf(error)}${remedy} The plugin completes this by itself when the database lets it in again.`;
}

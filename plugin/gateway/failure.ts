/**
 * What a person reads when their request was neither passed on nor refused. Pure. Details are for the admin, who has them in the log.
 *
 * | what went wrong                                      | status | read as                                         |
 * |------------------------------------------------------|--------|-------------------------------------------------|
 * | the tool's database is another one than before       | 503    | the admin must confirm it first                 |
 * | the tool refuses the plugin (its settings are wrong) | 503    | the admin must look at it                       |
 * | the tool does not answer                             | 503    | try again in a minute                           |
 * | anything else                                        | 502    | the same                                        |
 */
import { ToolError, ToolUnavailable } from '../../adapters/errors.ts';
import { AnotherDatabase } from '../access/tool-database.ts';

export interface Failure {
  status: 502 | 503;
  title: string;
  message: string;
}

/** By the table above. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AnotherDatabase) {
    return {
      status: 503,
      title: 'The annotation tool is another one than before',
      message:
        'Nobody is let through to it until its admin has confirmed it. The admin has been told; try again later, or ask whoever hired you.',
    };
  }
  if (error instanceof ToolError && !(error instanceof ToolUnavailable)) {
    return {
      status: 503,
      title: 'The annotation tool cannot be used now',
      message:
        'Its settings are not right, and only its admin can mend that. Try again later, or ask whoever hired you.',
    };
  }
  return {
    status: error instanceof ToolUnavailable ? 503 : 502,
    title: 'The tool does not answer',
    message: 'The annotation tool does not answer at the moment. Try again in a minute.',
  };
}

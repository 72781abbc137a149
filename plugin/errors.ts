/**
 * An error for people: what happened, to what, and what to do about it. The command line prints message and remedy as one
 * paragraph, without a stack trace, and exits with `exitCode`.
 */
export class AdminError extends Error {
  override name = 'AdminError';
  readonly remedy: string;
  readonly exitCode: number;
  constructor(message: string, remedy: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = remedy;
    this.exitCode = options.exitCode ?? 1;
  }
}

export { messageOf } from '../adapters/errors.ts';

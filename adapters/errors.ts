/** What an adapter may throw: one shape, told apart by its `code`. `plugin/tool/boundary.ts` makes it of whatever an adapter throws. */
import type { Capabilities } from './tool.ts';

/**
 * | code | means | the core |
 * |---|---|---|
 * | `unavailable` | no answer, a time-out, 5xx | tries again later |
 * | `refused` | the tool says no: token, rights, no such project, a version that is not supported | tells the admin, with `remedy` |
 * | `unable` | not with the rights at hand; `capability` is the missing one | blocks that one thing, with `remedy` |
 * | `account-exists` | createMember: the address is taken, nothing was changed | ends its keys and gives it to the trainer, or blocks |
 * | `password-refused` | the tool does not take this password; the message is the tool's own words | shows them to the trainer |
 * | `fault` | the adapter itself failed: made by the boundary, not thrown by adapters | tells the admin, tries again |
 */
export const toolErrorCodes = [
  'unavailable',
  'refused',
  'unable',
  'account-exists',
  'password-refused',
  'fault',
] as const;
export type ToolErrorCode = (typeof toolErrorCodes)[number];

export interface ToolErrorDetails {
  /** What an admin can do. */
  remedy?: string;
  capability?: keyof Capabilities;
  cause?: unknown;
}

export class ToolError extends Error {
  override name = 'ToolError';
  readonly code: ToolErrorCode;
  /** What an admin can do; empty where waiting is all. */
  readonly remedy: string;
  readonly capability: keyof Capabilities | undefined;
  constructor(code: ToolErrorCode, message: string, details: ToolErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy ?? '';
    this.capability = details.capability;
  }
}

/** The tool or its database does not answer, or answers 5xx: try again later. */
export class ToolUnavailable extends ToolError {
  override name = 'ToolUnavailable';
  constructor(message: string, details: ToolErrorDetails = {}) {
    super('unavailable', message, details);
  }
}

/** The tool answers, and says no: a wrong token, no such project, missing rights. `remedy` says what an admin can do. */
export class ToolRefused extends ToolError {
  override name = 'ToolRefused';
  constructor(message: string, remedy: string) {
    super('refused', message, { remedy });
  }
}

/** The tool cannot do this with the rights it was given; `capability` is the missing one. */
export class ToolUnable extends ToolError {
  override name = 'ToolUnable';
  constructor(capability: keyof Capabilities, message: string, remedy: string) {
    super('unable', message, { remedy, capability });
  }
}

/** createMember: somebody with this e-mail exists already. `remedy` where the adapter knows more than the core: whose it is, say. */
export class AccountExists extends ToolError {
  override name = 'AccountExists';
  constructor(message: string, remedy = '') {
    super('account-exists', message, { remedy });
  }
}

/** createMember, setPassword: the tool does not take this password. The message is the tool's own words, for the trainer. */
export class PasswordRefused extends ToolError {
  override name = 'PasswordRefused';
  constructor(words: string) {
    super('password-refused', words, { remedy: 'Choose another password.' });
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').trim();
}

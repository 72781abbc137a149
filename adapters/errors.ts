/** What an adapter may throw, and how to read the message of anything that was thrown. */
import type { Capabilities } from './tool.ts';

/**
 * The errors below are known by their `name`, not only by their class: an adapter outside of this package may throw plain
 * errors of its own with these names (and `remedy`, `capability`), and need not import anything from here.
 */
function isNamed(value: unknown, name: string): boolean {
  return value instanceof Error && value.name === name;
}

/** The tool or its database does not answer, or answers 5xx: try again later. */
export class ToolUnavailable extends Error {
  override name = 'ToolUnavailable';
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isNamed(value, 'ToolUnavailable');
  }
}

/** The tool answers, and says no: a wrong token, no such project, missing rights. `remedy` says what an admin can do. */
export class ToolRefused extends Error {
  override name = 'ToolRefused';
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isNamed(value, 'ToolRefused');
  }
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** The tool cannot do this with the rights it was given; `capability` is the missing one. */
export class ToolUnable extends Error {
  override name = 'ToolUnable';
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isNamed(value, 'ToolUnable');
  }
  readonly capability: keyof Capabilities;
  readonly remedy: string;
  constructor(capability: keyof Capabilities, message: string, remedy: string) {
    super(message);
    this.capability = capability;
    this.remedy = remedy;
  }
}

/** createMember: somebody with this e-mail exists already. */
export class AccountExists extends Error {
  override name = 'AccountExists';
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isNamed(value, 'AccountExists');
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').trim();
}

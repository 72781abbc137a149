/** Forgotten passwords: a single-use link to the Work Email of a trainer who has access. */
import type { PluginContext } from '../context.ts';

export interface PasswordResetView {
  state: 'open' | 'expired' | 'used' | 'void' | 'unknown';
  workEmail?: string;
}

export type PasswordReset =
  | { result: 'done'; workEmail: string; signInUrl: string }
  | {
      result: 'refused';
      reason: 'expired' | 'used' | 'void' | 'unknown' | 'weak-password' | 'tool-down';
      message: string;
    };

/** Mails a link when this is the Work Email of a trainer who has access; the caller cannot tell whether it did. */
export async function requestPasswordReset(_context: PluginContext, _email: string): Promise<void> {}

/** What the page shows for this token. Never throws for a bad token. */
export async function readPasswordReset(_context: PluginContext, _token: string): Promise<PasswordResetView> {
  return { state: 'unknown' };
}

/** Sets the new password; a link works once. */
export async function resetPassword(
  _context: PluginContext,
  _token: string,
  _password: string,
): Promise<PasswordReset> {
  return { result: 'refused', reason: 'unknown', message: 'This link is not one of ours.' };
}

/** Invitations: the page's side. A trainer opens the link from the mail, chooses a password, and is a member of the tool. */
import type { PluginContext } from '../context.ts';

export interface InvitationProject {
  title: string;
  url: string;
}

export interface InvitationView {
  state: 'open' | 'expired' | 'used' | 'void' | 'unknown';
  displayName?: string;
  workEmail?: string;
  projects?: InvitationProject[];
}

export type Acceptance =
  | { result: 'done'; workEmail: string; projectUrl: string | null; signInUrl: string }
  | {
      result: 'refused';
      reason: 'expired' | 'used' | 'void' | 'unknown' | 'weak-password' | 'tool-down' | 'account-exists';
      message: string;
    };

/** The page where this invitation is accepted. Throws when there is no such invitation. */
export async function invitationUrl(_context: PluginContext, invitationId: string): Promise<string> {
  throw new Error(`no invitation ${invitationId}`);
}

/** What the page shows for this token. Never throws for a bad token. */
export async function readInvitation(_context: PluginContext, _token: string): Promise<InvitationView> {
  return { state: 'unknown' };
}

/** Makes the trainer a member with this password. */
export async function acceptInvitation(
  _context: PluginContext,
  _token: string,
  _password: string,
): Promise<Acceptance> {
  return { result: 'refused', reason: 'unknown', message: 'This link is not one of ours.' };
}

/** Sends a new invitation in place of an expired one, to the same Work Email; at most one per 10 minutes. */
export async function resendInvitation(_context: PluginContext, _token: string): Promise<void> {}

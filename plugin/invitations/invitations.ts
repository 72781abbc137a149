/** Invitations: the page's side. A trainer opens the link from the mail, chooses a password, and is a member of the tool. */

import { accessRows } from '../access/access-rows.ts';
import { createInvitation, findInvitation, invitationRows } from '../access/invitation-rows.ts';
import { lockTrainer, note } from '../access/journal.ts';
import { WAITING_FOR_PASSWORD } from '../access/record.ts';
import type { PluginContext, StoreContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { type LinkRow, signLink } from '../mail/link-tokens.ts';
import { markDue } from '../queue/items.ts';
import { type Acceptance, accept, refused } from './acceptance.ts';
import { type ClosedState, type FoundInvitation, findByToken } from './invitation-state.ts';
import { signInNameOf } from './sign-in-name.ts';

export type { Acceptance } from './acceptance.ts';

export interface InvitationProject {
  title: string;
  url: string;
}

export interface InvitationView {
  state: 'open' | ClosedState;
  displayName?: string;
  workEmail?: string;
  /** Of an open invitation for an account that is there already. */
  signInName?: string;
  projects?: InvitationProject[];
}

/** The page where this invitation is accepted. Throws {@link AdminError} when there is no such invitation. */
export async function invitationUrl(context: PluginContext, invitationId: string): Promise<string> {
  const row = await findInvitation(context.database, invitationId);
  if (!row) throw new AdminError(`There is no invitation ${invitationId}.`, 'List the open ones with `status`.');
  return urlOfInvitation(context, row);
}

/** The page where this invitation is accepted, for who has its row already. */
export function urlOfInvitation(context: StoreContext, row: LinkRow): string {
  return `${context.settings.plugin.publicUrl}/invitations/${signLink(context.keys, 'invitation', row)}`;
}

/** What can be done with an invitation, as it was when it was opened. */
export interface OpenedInvitation {
  view: InvitationView;
  /**
   * Makes the trainer a member with this password (or sets it, where the account is there already), then checks that the contract
   * still runs. Of two acceptances at once, one is done. Throws only when our own store fails.
   */
  accept(password: string): Promise<Acceptance>;
  /** Sends a new invitation in place of an expired one, to the same Work Email; at most one per 10 minutes for a trainer. */
  resend(): Promise<void>;
}

/** Reads all that decides what this token is good for, once. Never throws for a bad token. */
export async function openInvitation(context: PluginContext, token: string): Promise<OpenedInvitation> {
  const found = await findByToken(context, token);
  return {
    view: found ? await viewOf(context, found) : { state: 'unknown' },
    accept: async (password) => {
      if (!found) return refused('unknown');
      return found.state === 'open' ? accept(context, found, password) : refused(found.state);
    },
    resend: async () => {
      if (found?.state === 'expired') await resend(context, found);
    },
  };
}

async function viewOf(context: PluginContext, found: FoundInvitation): Promise<InvitationView> {
  const { state, situation, projects } = found;
  const { toolUserId, workEmail } = situation;
  const signInName =
    state === 'open' && toolUserId && workEmail ? await signInNameOf(context, { toolUserId, workEmail }) : null;
  return {
    state,
    ...(signInName ? { signInName } : {}),
    ...(situation.displayName ? { displayName: situation.displayName } : {}),
    ...(situation.workEmail ? { workEmail: situation.workEmail } : {}),
    projects: projects.map(({ title, url }) => ({ title, url })),
  };
}

/** {@link OpenedInvitation.view} of this token. */
export async function readInvitation(context: PluginContext, token: string): Promise<InvitationView> {
  return (await openInvitation(context, token)).view;
}

/** {@link OpenedInvitation.accept} of this token. */
export async function acceptInvitation(context: PluginContext, token: string, password: string): Promise<Acceptance> {
  return (await openInvitation(context, token)).accept(password);
}

/** {@link OpenedInvitation.resend} of this token. */
export async function resendInvitation(context: PluginContext, token: string): Promise<void> {
  await (await openInvitation(context, token)).resend();
}

/** One new invitation in place of an expired one, at most, in this time. */
const RESEND_AFTER_MS = 10 * 60 * 1000;

async function resend(context: PluginContext, found: FoundInvitation): Promise<void> {
  const { trainerId, workEmail } = found.situation;
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    // Of two requests at once the second sees the first one's invitation.
    await lockTrainer(transaction, trainerId);
    const all = await invitationRows(transaction, [trainerId]);
    if (all.some((row) => row.created_at > now.getTime() - RESEND_AFTER_MS)) return;
    const rows = await accessRows(transaction, [trainerId]);
    if (!rows.some((row) => row.state === 'invited' || row.reason === WAITING_FOR_PASSWORD)) return;
    const id = await createInvitation(transaction, trainerId, found.row.kind, now);
    await markDue(transaction, { kind: 'invitation-mail', key: id }, now);
    const detail = 'an expired invitation was replaced';
    const entry = { at: now, cause: 'the trainer asked for a new invitation', action: 'resend-invitation', detail };
    await note(transaction, { ...entry, trainerId, workEmail });
  });
}

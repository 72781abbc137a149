/** Invitations: the page's side. A trainer opens the link from the mail, chooses a password, and is a member of the tool. */

import { accessRows } from '../access/access-rows.ts';
import { createInvitation, findInvitation, invitationRows } from '../access/invitation-rows.ts';
import { lockTrainer, note } from '../access/journal.ts';
import { projectsOf } from '../access/projects.ts';
import { WAITING_FOR_PASSWORD } from '../access/record.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { markDue } from '../queue/items.ts';
import { type Acceptance, accept, refused } from './acceptance.ts';
import { findByToken, type InvitationState } from './invitation-state.ts';
import { type LinkRow, signLink } from './link-tokens.ts';

export type { Acceptance } from './acceptance.ts';

export interface InvitationProject {
  title: string;
  url: string;
}

export interface InvitationView {
  state: InvitationState | 'unknown';
  displayName?: string;
  workEmail?: string;
  projects?: InvitationProject[];
}

/** The page where this invitation is accepted. Throws {@link AdminError} when there is no such invitation. */
export async function invitationUrl(context: PluginContext, invitationId: string): Promise<string> {
  const row = await findInvitation(context.database, invitationId);
  if (!row) throw new AdminError(`There is no invitation ${invitationId}.`, 'List the open ones with `status`.');
  return urlOfInvitation(context, row);
}

/** The page where this invitation is accepted, for who has its row already. */
export function urlOfInvitation(context: PluginContext, row: LinkRow): string {
  return `${context.settings.plugin.publicUrl}/invitations/${signLink(context.keys, 'invitation', row)}`;
}

/** What the page shows for this token. Never throws for a bad token. */
export async function readInvitation(context: PluginContext, token: string): Promise<InvitationView> {
  const found = await findByToken(context, token);
  if (!found) return { state: 'unknown' };
  const { state, situation, reading } = found;
  return {
    state,
    ...(situation.displayName ? { displayName: situation.displayName } : {}),
    ...(situation.workEmail ? { workEmail: situation.workEmail } : {}),
    projects: projectsOf(context, reading, situation.trainerId).map(({ title, url }) => ({ title, url })),
  };
}

/**
 * Makes the trainer a member with this password (or sets it, where the account is there already), then checks that the contract
 * still runs. Of two acceptances at once, one is done. Throws only when our own store fails.
 */
export async function acceptInvitation(context: PluginContext, token: string, password: string): Promise<Acceptance> {
  const found = await findByToken(context, token);
  if (!found) return refused('unknown');
  if (found.state !== 'open') return refused(found.state);
  return accept(context, found, password);
}

/** One new invitation in place of an expired one, at most, in this time. */
const RESEND_AFTER_MS = 10 * 60 * 1000;

/** Sends a new invitation in place of an expired one, to the same Work Email; at most one per 10 minutes for a trainer. */
export async function resendInvitation(context: PluginContext, token: string): Promise<void> {
  const found = await findByToken(context, token);
  if (found?.state !== 'expired') return;
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

/** The mail with an invitation, and the mail that tells somebody known of access. */

import { findInvitation, type InvitationRow, recordInvitationMail } from '../access/invitation-rows.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { type MailText, renderMail } from '../mail/mail-text.ts';
import { addressForTrainers } from '../tool/trainer-address.ts';
import { examine, type FoundInvitation } from './invitation-state.ts';
import { invitationUrl } from './invitations.ts';

/**
 * Mails an invitation to the trainer's Work Email, once. Nothing is sent for one that is void or used, nor without a mailer
 * (`status` and the console show the link then). Throws what the mailer throws, for a later try.
 */
export async function sendInvitationMail(context: PluginContext, invitationId: string): Promise<void> {
  const { mailer, database, clock } = context;
  const row = await findInvitation(database, invitationId);
  if (!row || row.mailed_at !== null || !mailer) return;
  const found = await examine(context, row);
  const workEmail = found?.situation.workEmail;
  if (!found || !workEmail || !isWorthSending(row, found)) return;
  const { projects } = found;
  const { product } = await context.describeTool();
  const text = await textOf(context, row, { workEmail, name: found.situation.displayName, projects, product });
  try {
    await mailer.send({ to: workEmail, messageId: `invitation-${row.id}`, ...renderMail(text) });
  } catch (error) {
    await recordInvitationMail(database, row.id, { error: messageOf(error) });
    throw error;
  }
  await recordInvitationMail(database, row.id, { mailedAt: clock.now() });
  context.log.info({ trainer: row.trainer_id, invitation: row.id, kind: row.kind }, 'invitation mailed');
}

function isWorthSending(row: InvitationRow, found: FoundInvitation): boolean {
  if (row.kind !== 'welcome') return found.state === 'open';
  return found.situation.rows.some(({ state, place }) => state === 'active' && found.situation.desired.has(place));
}

interface MailFacts {
  workEmail: string;
  name: string | null;
  projects: FoundInvitation['projects'];
  product: string;
}

async function textOf(context: PluginContext, row: InvitationRow, facts: MailFacts): Promise<MailText> {
  const { workEmail, projects, product } = facts;
  const titles = projects.map(({ title }) => title).join(', ') || 'your project';
  const hello = facts.name ? `Hello ${facts.name},` : 'Hello,';
  const ending = 'You get this mail because of your contract on OpenTrain. The access ends with the contract.';
  if (row.kind === 'welcome') {
    const before = [
      hello,
      `you can work on ${titles} in ${product}. Sign in as ${workEmail} with the password you have.`,
    ];
    const forgotten = `Forgotten it? Get a new one at ${context.settings.plugin.publicUrl}/password`;
    const { capabilities } = await context.describeTool();
    const url = projects[0]?.url ?? addressForTrainers(context.settings, context.tool.signInUrl());
    const after = capabilities.setPassword ? [forgotten, ending] : [ending];
    return { subject: `You have access to ${titles}`, before, button: { label: 'Go to the project', url }, after };
  }
  const task =
    row.kind === 'join'
      ? `you have been hired to work on ${titles} in ${product}. Choose a password, and you are in.`
      : `you have an account in ${product} for working on ${titles}, but it has no password yet. Choose one, and you are in.`;
  return {
    subject: `Your access to ${titles}`,
    before: [hello, task],
    button: { label: 'Choose your password', url: await invitationUrl(context, row.id) },
    after: [
      `The link is for you alone. It works once, until ${new Date(row.expires_at).toISOString().slice(0, 10)}. You will sign in as ${workEmail}.`,
      ending,
    ],
  };
}

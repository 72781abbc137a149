/** The mail with an invitation, and the mail that tells somebody known of access. */

import {
  findInvitation,
  type InvitationRow,
  openInvitations,
  recordInvitationMail,
  recordReminder,
} from '../access/invitation-rows.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { trainerPageUrl } from '../mail/link-tokens.ts';
import { mailFromTemplate } from '../mail/templates.ts';
import { contractsOfTrainers } from '../mirror/contracts.ts';
import { markDue } from '../queue/items.ts';
import type { MailLanguage } from '../settings/settings.ts';
import { addressForTrainers } from '../tool/trainer-address.ts';
import { examine, type FoundInvitation } from './invitation-state.ts';
import { invitationUrl } from './invitations.ts';
import { signInNameOf } from './sign-in-name.ts';

const DAY_MS = 86_400_000;
const DATE_LOCALES: Readonly<Record<MailLanguage, string>> = { en: 'en-GB', de: 'de-DE' };
const REMINDERS_AFTER_DAYS = [2, 7];

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
  if (!found || !workEmail || !isWorthSending(row, found)) {
    // Another contract may make it worth sending again: then the next convergence must not take it for one that is being retried.
    if (row.mail_error !== null) await recordInvitationMail(database, row.id, { error: null });
    return;
  }
  const mail = await mailOf(context, row, found, workEmail, row.kind === 'join' ? 'invitation' : row.kind);
  try {
    await mailer.send({ to: workEmail, messageId: `invitation-${row.id}`, ...mail });
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

/**
 * Reminds a trainer of an invitation that is still open: `key` is its id and which reminder it is, as in "id:1". Once each; nothing
 * is sent when it was accepted, replaced or void meanwhile. Throws what the mailer throws, for a later try.
 */
export async function sendReminder(context: PluginContext, key: string): Promise<void> {
  const { mailer, database } = context;
  const [id = '', number = ''] = key.split(':');
  const row = await findInvitation(database, id);
  if (!row || !mailer || row.reminders >= Number(number)) return;
  const found = await examine(context, row);
  const workEmail = found?.situation.workEmail;
  if (!workEmail || found.state !== 'open') return;
  const mail = await mailOf(context, row, found, workEmail, 'reminder');
  await mailer.send({ to: workEmail, messageId: `reminder-${number}-${row.id}`, ...mail });
  await recordReminder(database, id, Number(number));
  context.log.info({ trainer: row.trainer_id, invitation: id, reminder: Number(number) }, 'trainer reminded');
}

/** Makes due the reminders of invitations that were mailed 2 and 7 days ago and are still open. */
export async function markReminders({ database, clock, mailer }: PluginContext): Promise<void> {
  if (!mailer) return;
  const now = clock.now();
  for (const row of await openInvitations(database)) {
    if (row.mailed_at === null || row.expires_at <= now.getTime()) continue;
    const age = now.getTime() - row.mailed_at;
    const number = REMINDERS_AFTER_DAYS.filter((days) => age >= days * DAY_MS).length;
    if (number > row.reminders) {
      await markDue(database, { kind: 'reminder', key: `${row.id}:${number}` }, now);
    }
  }
}

/** What the templates need to know. */
async function mailOf(
  context: PluginContext,
  row: InvitationRow,
  { situation, projects }: FoundInvitation,
  workEmail: string,
  template: Exclude<InvitationRow['kind'] | 'reminder', 'join'> | 'invitation',
): Promise<ReturnType<typeof mailFromTemplate>> {
  const { settings } = context;
  const { product, capabilities } = await context.describeTool();
  const titles = projects.map(({ title }) => title).join(', ');
  const pageUrl = trainerPageUrl(context, row.trainer_id);
  const signInName = await signInNameOf(context, { toolUserId: situation.toolUserId, workEmail });
  const job = await jobTitles(context, row.trainer_id);
  const facts = {
    name: situation.displayName ?? '',
    projects: titles || 'OpenTrain',
    job,
    product,
    workEmail,
    signInName,
    pageUrl,
  };
  if (template === 'welcome') {
    const url = projects[0]?.url ?? addressForTrainers(settings, context.tool.signInUrl());
    const passwordUrl = capabilities.setPassword ? `${settings.plugin.publicUrl}/password` : '';
    return mailFromTemplate(settings.mail, template, { ...facts, passwordUrl }, url);
  }
  const format = new Intl.DateTimeFormat(DATE_LOCALES[settings.mail.language], {
    dateStyle: 'long',
    timeZone: settings.usage.timezone,
  });
  const until = format.format(new Date(row.expires_at));
  return mailFromTemplate(settings.mail, template, { ...facts, until }, await invitationUrl(context, row.id));
}

/** The titles of the jobs that the trainer works on, as their contracts have them; empty when none tells. */
async function jobTitles({ database }: PluginContext, trainerId: string): Promise<string> {
  const running = (await contractsOfTrainers(database, [trainerId])).filter(({ status }) => status === 'active');
  return [...new Set(running.flatMap(({ title }) => title ?? []))].join(', ');
}

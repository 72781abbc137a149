/** The mail with a link for a new password. */
import type { PluginContext } from '../context.ts';
import { renderMail } from '../mail/mail-text.ts';
import { signLink } from './link-tokens.ts';
import { examineReset } from './password-reset.ts';
import { findPasswordReset } from './password-reset-rows.ts';

/** Mails the link, unless it is used, expired or void by now. Throws what the mailer throws, for a later try. */
export async function sendPasswordMail(context: PluginContext, resetId: string): Promise<void> {
  const row = await findPasswordReset(context.database, resetId);
  // A tool that is away now does not make the link void: this throws, for a later try.
  const { product } = await context.describeTool();
  const found = row ? await examineReset(context, row) : null;
  const to = found?.trainer.work_email;
  if (!context.mailer || !row || !to || found?.state !== 'open') return;
  const token = signLink(context.keys, 'password-reset', row);
  const mail = renderMail({
    subject: `A new password for ${product}`,
    before: ['Hello,', `somebody, hopefully you, asked for a new password for ${product}. You sign in there as ${to}.`],
    button: { label: 'Choose a new password', url: `${context.settings.plugin.publicUrl}/password/${token}` },
    after: ['The link works once, for one hour. If it was not you, do nothing: your password stays as it is.'],
  });
  await context.mailer.send({ to, messageId: `password-${row.id}`, ...mail });
}

/** The mail with a link for a new password. */
import type { PluginContext } from '../context.ts';
import { signLink, trainerPageUrl } from '../mail/link-tokens.ts';
import { mailFromTemplate } from '../mail/templates.ts';
import { examineReset } from './password-reset.ts';
import { findPasswordReset } from './password-reset-rows.ts';
import { signInNameOf } from './sign-in-name.ts';

/** Mails the link, unless it is used, expired or void by now. Throws what the mailer throws, for a later try. */
export async function sendPasswordMail(context: PluginContext, resetId: string): Promise<void> {
  const row = await findPasswordReset(context.database, resetId);
  // A tool that is away now does not make the link void: this throws, for a later try.
  const { product } = await context.describeTool();
  const found = row ? await examineReset(context, row) : null;
  const to = found?.trainer.work_email;
  if (!context.mailer || !row || !to || found?.state !== 'open') return;
  const token = signLink(context.keys, 'password-reset', row);
  const url = `${context.settings.plugin.publicUrl}/password/${token}`;
  const signInName = await signInNameOf(context, { toolUserId: found.trainer.tool_user_id, workEmail: to });
  const mail = mailFromTemplate(
    context.settings.mail,
    'password',
    { product, workEmail: to, signInName, pageUrl: trainerPageUrl(context, row.trainer_id) },
    url,
  );
  await context.mailer.send({ to, messageId: `password-${row.id}`, ...mail });
}

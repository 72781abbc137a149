/** A mailer that keeps what it is given. */
import type { Mail, Mailer } from '../../plugin/mail/mailer.ts';

export function recordingMailer(mails: Mail[]): Mailer {
  return { send: async (mail) => void mails.push(mail), verify: async () => undefined, close: () => undefined };
}

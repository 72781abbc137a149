/** Sends mail by SMTP, over one pooled connection. */
import type { Transporter } from 'nodemailer';
import type { Settings } from '../settings/settings.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html?: string;
  attachments?: readonly { filename: string; content: string; contentType: string }[];
  /**
   * The local part of Message-ID. The same for every try of one mail: if we die between the server's "accepted" and our
   * record of it, the second copy is recognisably the same message.
   */
  messageId: string;
}

export interface Mailer {
  /** Resolves when the SMTP server has accepted the mail. Throws what nodemailer throws. */
  send(mail: Mail): Promise<void>;
  /** Has the server take MAIL_FROM as a sender, without sending. Throws AdminError with the remedy. */
  verify(): Promise<void>;
  close(): void;
}

const SMTP_TIMEOUT_MS = 10_000;

/** A mailer for SMTP_URL and MAIL_FROM; null when SMTP_URL is not set. */
export function createMailer(settings: Pick<Settings, 'mail' | 'report' | 'plugin'>): Mailer | null {
  const { smtpUrl, from } = settings.mail;
  if (!smtpUrl || !from) return null;
  const url = new URL(smtpUrl);
  for (const name of ['connectionTimeout', 'greetingTimeout', 'socketTimeout']) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, String(SMTP_TIMEOUT_MS));
  }
  url.searchParams.set('pool', 'true');
  let made: Promise<Transporter> | undefined;
  const transport = (): Promise<Transporter> => {
    made ??= createTransport(url.href, from);
    return made;
  };
  const domain = new URL(settings.plugin.publicUrl).hostname;
  return {
    async send({ messageId, attachments = [], ...mail }) {
      await (await transport()).sendMail({
        ...mail,
        attachments: [...attachments],
        messageId: `<${messageId}@${domain}>`,
      });
    },
    async verify() {
      const { checkSender } = await import('./sender-check.ts');
      await checkSender({ smtpUrl: url.href, from, to: settings.report.to });
    },
    close() {
      made?.then(
        (transporter) => transporter.close(),
        () => undefined,
      );
    },
  };
}

/** Loaded with the first mail: many commands send none. */
async function createTransport(url: string, from: string): Promise<Transporter> {
  const { default: nodemailer } = await import('nodemailer');
  return nodemailer.createTransport(url, { from });
}

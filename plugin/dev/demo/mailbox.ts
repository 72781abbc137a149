/** A mailbox on this machine: a real SMTP server that keeps what it accepts, so that mail can be read in the demonstration. */
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface Mailbox {
  /** What SMTP_URL is set to. */
  url: string;
  /** Everything accepted, oldest first. */
  mails: readonly ParsedMail[];
  /** The first mail (not counting the first `skip`) to this address, once there is one. Rejects after `timeoutMs`. */
  mailTo(address: string, options?: { skip?: number; timeoutMs?: number }): Promise<ParsedMail>;
  close(): Promise<void>;
}

const PATIENCE_MS = 20_000;

/** Starts the mailbox on a free port of 127.0.0.1, or on the given one. */
export async function startMailbox(port = 0): Promise<Mailbox> {
  const mails: ParsedMail[] = [];
  const watchers = new Set<() => void>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      simpleParser(stream).then(
        (mail) => {
          mails.push(mail);
          for (const watcher of watchers) watcher();
          done();
        },
        (error: Error) => done(error),
      );
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address: AddressInfo | string | null = server.server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  const find = (to: string, skip: number): ParsedMail | undefined =>
    mails.filter((mail) => recipients(mail).includes(to.toLowerCase()))[skip];
  return {
    url: `smtp://127.0.0.1:${bound}`,
    mails,
    mailTo(to, { skip = 0, timeoutMs = PATIENCE_MS } = {}) {
      const found = find(to, skip);
      if (found) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(watcher);
          reject(new Error(`no mail to ${to} came within ${timeoutMs / 1_000} s`));
        }, timeoutMs);
        const watcher = (): void => {
          const mail = find(to, skip);
          if (!mail) return;
          clearTimeout(timer);
          watchers.delete(watcher);
          resolve(mail);
        };
        watchers.add(watcher);
      });
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The addresses that a mail is to, lower case. */
export function recipients(mail: ParsedMail): string[] {
  const to = mail.to ? [mail.to].flat() : [];
  return to.flatMap(({ value }) => value.map(({ address }) => (address ?? '').toLowerCase()));
}

/** The first link below this address in a mail's text. */
export function linkIn(mail: ParsedMail, base: string): string {
  const link = (mail.text ?? '').match(/https?:\/\/\S+/g)?.find((candidate) => candidate.startsWith(base));
  if (!link) throw new Error(`the mail "${mail.subject}" has no link to ${base}`);
  return link;
}

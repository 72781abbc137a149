/** Asks the mail server whether it takes mail from MAIL_FROM: a real conversation up to the recipient, then RSET. Nothing is sent. */
import addressparser from 'nodemailer/lib/addressparser/index.js';
import { parseConnectionUrl } from 'nodemailer/lib/shared/index.js';
import SMTPConnection from 'nodemailer/lib/smtp-connection/index.js';
import { z } from 'zod';
import { AdminError, messageOf } from '../errors.ts';

const credentialsSchema = z.object({ user: z.string(), pass: z.string() });

export interface SenderCheck {
  smtpUrl: string;
  /** MAIL_FROM. */
  from: string;
  /** Who may be named as a recipient: REPORT_TO; the sender when there is none. */
  to: string | undefined;
}

/**
 * Connects, signs in, names sender and recipient, and takes both back. Throws {@link AdminError} that tells which of SMTP_URL,
 * MAIL_FROM and REPORT_TO the server refuses, in the server's words.
 */
export async function checkSender({ smtpUrl, from, to }: SenderCheck): Promise<void> {
  const options = parseConnectionUrl(smtpUrl);
  const connection = new SMTPConnection(options);
  const conversation = conversationOf(connection);
  const failed = new Promise<never>((_resolve, reject) => connection.once('error', reject));
  failed.catch(() => undefined);
  const step = (run: (done: (error?: Error | null) => void) => void): Promise<void> =>
    Promise.race([failed, new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve())))]);
  try {
    await step((done) => connection.connect(done));
    const credentials = credentialsSchema.safeParse(options.auth);
    if (credentials.success) await step((done) => connection.login(credentials.data, done));
    await step((done) => speak(conversation, 'MAIL FROM', `:<${addressOf(from)}>`, done));
    await step((done) => speak(conversation, 'RCPT TO', `:<${addressOf(to ?? from)}>`, done));
    await step((done) => connection.reset(done));
    connection.quit();
  } catch (error) {
    connection.close();
    throw refusal(error, to !== undefined);
  }
}

/** The server's answer that does not begin with a 2. */
class Refused extends Error {
  readonly command: string;
  constructor(command: string, answer: string) {
    super(answer);
    this.command = command;
  }
}

/** What nodemailer itself speaks through: its `send` goes on to DATA, so MAIL and RCPT alone are spoken here. */
interface Conversation {
  _responseActions: ((answer: string) => void)[];
  _sendCommand(line: string): void;
}

const partsSchema = z.looseObject({
  _responseActions: z.array(z.unknown()),
  _sendCommand: z.custom((value) => typeof value === 'function'),
});
const conversationSchema = z.custom<Conversation>((value) => partsSchema.safeParse(value).success);

/** The same object, once it is known to have these parts. Throws {@link AdminError} where another nodemailer is installed. */
export function conversationOf(connection: unknown): Conversation {
  const { data } = conversationSchema.safeParse(connection);
  if (data) return data;
  throw new AdminError(
    'The sender cannot be checked: the installed nodemailer is another version than the plugin was made for.',
    'Install the plugin again with the versions of its package-lock.json.',
  );
}

function speak(conversation: Conversation, command: string, argument: string, done: (error?: Error) => void): void {
  conversation._responseActions.push((answer) =>
    done(answer.startsWith('2') ? undefined : new Refused(command, answer)),
  );
  conversation._sendCommand(`${command}${argument}`);
}

function addressOf(text: string): string {
  const [first] = addressparser(text, { flatten: true });
  return first?.address ?? text;
}

function refusal(cause: unknown, hasRecipient: boolean): AdminError {
  const command = cause instanceof Refused ? cause.command : '';
  const words = messageOf(cause).replace(/\.$/, '');
  if (command === 'MAIL FROM') {
    const remedy = 'Set MAIL_FROM to an address that this account may send from (Amazon SES: a verified one).';
    return new AdminError(`The mail server does not take mail from MAIL_FROM: ${words}.`, remedy, { cause });
  }
  if (command === 'RCPT TO') {
    const who = hasRecipient ? 'REPORT_TO' : 'MAIL_FROM';
    const remedy = `Check ${who}, and that the mail server forwards mail for this account (relaying, sandbox).`;
    return new AdminError(`The mail server does not take mail for ${who}: ${words}.`, remedy, { cause });
  }
  return new AdminError(`The mail server refuses us: ${words}.`, 'Check SMTP_URL.', { cause });
}

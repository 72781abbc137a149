/** What our mails to trainers say, as text and as HTML (`views/mail.eta`, which escapes everything from outside). */
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { oneLine } from '../text/one-line.ts';

export interface MailText {
  subject: string;
  /** Paragraphs before the button. */
  before: readonly string[];
  button: { label: string; url: string };
  /** Paragraphs after it. */
  after: readonly string[];
}

const eta = new Eta({ views: fileURLToPath(new URL('./views', import.meta.url)), cache: true });

/** Both forms of a mail; they say the same. What names and titles hold stays in its paragraph. */
export function renderMail(given: MailText): { subject: string; text: string; html: string } {
  const text: MailText = {
    subject: oneLine(given.subject),
    before: given.before.map(oneLine),
    button: { ...given.button, label: oneLine(given.button.label) },
    after: given.after.map(oneLine),
  };
  const { before, button, after } = text;
  const plain = [...before, `${button.label}:\n${button.url}`, ...after].join('\n\n');
  return { subject: text.subject, text: `${plain}\n`, html: eta.render('./mail', text) };
}

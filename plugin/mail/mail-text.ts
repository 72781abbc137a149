/** A mail to a trainer as text and as HTML (`views/mail.eta`, which escapes everything from outside). */
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { MailLanguage, Settings } from '../settings/settings.ts';
import { oneLine } from '../text/one-line.ts';

export interface MailText {
  subject: string;
  /** Paragraphs before the button. */
  before: readonly string[];
  button?: { label: string; url: string };
  /** Paragraphs after it. */
  after: readonly string[];
}

const eta = new Eta({ views: fileURLToPath(new URL('./views', import.meta.url)), cache: true });

const openInstead: Readonly<Record<MailLanguage, string>> = {
  en: 'If the button does not work, open this address:',
  de: 'Wenn die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:',
};

/** Both forms of a mail; they say the same. What names and titles hold stays in its paragraph. */
export function renderMail(
  given: MailText,
  { language, brandName, brandColor }: Settings['mail'],
): { subject: string; text: string; html: string } {
  const text = {
    subject: oneLine(given.subject),
    before: given.before.map(oneLine),
    after: given.after.map(oneLine),
    ...(given.button ? { button: { ...given.button, label: oneLine(given.button.label) } } : {}),
  };
  const { before, button, after } = text;
  const plain = [...before, ...(button ? [`${button.label}:\n${button.url}`] : []), ...after].join('\n\n');
  const dress = { language, brand: brandName, color: brandColor, openInstead: openInstead[language] };
  return { subject: text.subject, text: `${plain}\n`, html: eta.render('./mail', { ...text, ...dress }) };
}

/**
 * The texts of mails to trainers: `views/<language>/<name>.eta`, one file a mail. An admin's file of the same name in MAIL_TEMPLATES
 * is used instead.
 *
 * A template gives plain text: a first line `subject: …`, then paragraphs with blank lines between them; the paragraph
 * `[button] Label` is the button.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { messageOf } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { oneLine } from '../text/one-line.ts';
import { type MailText, renderMail } from './mail-text.ts';

/** What each template is given, with an example; `brand`, `contact`, `name`, `job`, `labels`, `others` and `passwordUrl` may be empty. */
const examples = {
  invitation: {
    name: 'Ann',
    projects: 'Cats',
    job: 'Find the cats',
    product: 'The Tool',
    workEmail: 'ann@opentrain.work',
    signInName: 'ann@opentrain.work',
    pageUrl: 'https://plugin.example.com/work/x',
    until: '1 May 2031',
  },
  'set-password': {
    name: 'Ann',
    projects: 'Cats',
    job: 'Find the cats',
    product: 'The Tool',
    workEmail: 'ann@opentrain.work',
    signInName: 'ann@opentrain.work',
    pageUrl: 'https://plugin.example.com/work/x',
    until: '1 May 2031',
  },
  reminder: {
    name: 'Ann',
    projects: 'Cats',
    job: 'Find the cats',
    product: 'The Tool',
    workEmail: 'ann@opentrain.work',
    signInName: 'ann@opentrain.work',
    pageUrl: 'https://plugin.example.com/work/x',
    until: '1 May 2031',
  },
  welcome: {
    name: 'Ann',
    projects: 'Cats',
    job: 'Find the cats',
    product: 'The Tool',
    workEmail: 'ann@opentrain.work',
    signInName: 'ann@opentrain.work',
    pageUrl: 'https://plugin.example.com/work/x',
    passwordUrl: 'https://plugin.example.com/password',
  },
  password: {
    product: 'The Tool',
    workEmail: 'ann@opentrain.work',
    signInName: 'ann@opentrain.work',
    pageUrl: 'https://plugin.example.com/work/x',
  },
  'contract-ended': {
    name: 'Ann',
    contract: 'Cats',
    product: 'The Tool',
    labels: '1,234',
    hours: '12.5',
    days: '9',
    others: 'yes',
  },
  'budget-used': { contract: 'Cats', contractId: 'ct_1', pageUrl: 'https://plugin.example.com/work/x' },
} as const;

export type TemplateName = keyof typeof examples;
export type TemplateValues<Name extends TemplateName> = { [Key in keyof (typeof examples)[Name]]: string };

export const templateNames = Object.keys(examples) as TemplateName[];

/** The mails that lead somewhere. */
const withoutButton: readonly TemplateName[] = ['budget-used', 'contract-ended'];

const builtIn = fileURLToPath(new URL('./views', import.meta.url));
const eta = new Eta({ autoEscape: false, autoTrim: false });

/** A mail in MAIL_LANGUAGE, ready to send. `url` is where its button leads. The built-in text serves where an admin's is broken. */
export function mailFromTemplate<Name extends TemplateName>(
  mail: Settings['mail'],
  name: Name,
  values: TemplateValues<Name>,
  url?: string,
): ReturnType<typeof renderMail> {
  const replaced = replacement(mail, name);
  const source = replaced !== null && templateProblem(mail, name, replaced) === null ? replaced : read(mail, name);
  return renderMail(parse(eta.renderString(source, given(mail, values)), url), mail);
}

/** What is wrong with the admin's templates, in words; empty when nothing is. */
export function templateProblems(mail: Settings['mail']): string[] {
  if (mail.templates && !existsSync(mail.templates)) return [`the folder ${mail.templates} does not exist`];
  return templateNames.flatMap((name) => {
    const source = replacement(mail, name);
    const problem = source === null ? null : templateProblem(mail, name, source);
    return problem === null ? [] : [`${name}.eta ${problem}`];
  });
}

function replacement({ templates }: Settings['mail'], name: TemplateName): string | null {
  if (!templates) return null;
  try {
    return readFileSync(join(templates, `${name}.eta`), 'utf8');
  } catch {
    return null;
  }
}

function read({ language }: Settings['mail'], name: TemplateName): string {
  return readFileSync(join(builtIn, language, `${name}.eta`), 'utf8');
}

/** Tries a template with an example, so that a mistake is seen before a trainer is due a mail. */
function templateProblem(mail: Settings['mail'], name: TemplateName, source: string): string | null {
  try {
    const rendered = eta.renderString(source, given(mail, examples[name]));
    if (rendered.includes('undefined')) return 'uses a value that this mail does not have';
    const text = parse(rendered, 'https://plugin.example.com/');
    if (text.subject === '') return 'does not begin with a line “subject: …”';
    if (!text.button && !withoutButton.includes(name)) return 'has no paragraph “[button] …”';
    return null;
  } catch (error) {
    return `cannot be read: ${oneLine(messageOf(error))}`;
  }
}

function given({ brandName, contact }: Settings['mail'], values: Readonly<Record<string, string>>) {
  const all = { ...values, brand: brandName ?? '', contact: contact ?? '' };
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, oneLine(value)]));
}

const SUBJECT = 'subject:';
const BUTTON = '[button]';

function parse(rendered: string, url: string | undefined): MailText {
  const [first = '', ...rest] = rendered.trim().split('\n');
  const paragraphs = rest
    .join('\n')
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
  const at = paragraphs.findIndex((paragraph) => paragraph.startsWith(BUTTON));
  return {
    subject: first.startsWith(SUBJECT) ? first.slice(SUBJECT.length).trim() : '',
    before: at === -1 ? paragraphs : paragraphs.slice(0, at),
    after: at === -1 ? [] : paragraphs.slice(at + 1),
    ...(at !== -1 && url ? { button: { label: (paragraphs[at] ?? '').slice(BUTTON.length).trim(), url } } : {}),
  };
}

/**
 * The words of trainers' pages in MAIL_LANGUAGE, by their English: mails and the pages that they lead to are in one language. What has
 * no translation stays English. Values come in braces.
 */
import type { MailLanguage } from '../settings/settings.ts';
import { german } from './words-de.ts';

/** The text in the language of the pages, with its values filled in. */
export type Say = (english: string, values?: Readonly<Record<string, string | number>>) => string;

const translations: Readonly<Record<MailLanguage, Readonly<Record<string, string>>>> = { en: {}, de: german };

export function sayIn(language: MailLanguage): Say {
  return (english, values = {}) =>
    (translations[language][english] ?? english).replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? String(values[name]) : whole,
    );
}

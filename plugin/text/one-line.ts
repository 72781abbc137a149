/** Text from outside as part of a line of ours: names and titles are whatever somebody typed. */
import { stripVTControlCharacters } from 'node:util';

/** Control characters, and those that turn the direction of text round or cannot be seen. */
const FOLDED = /[\p{Cc}\p{Zl}\p{Zp}\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]+/gu;

/** The text on one line: what a terminal or a mail reader would obey instead of show becomes a blank. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replaceAll(FOLDED, ' ').replaceAll(/\s+/g, ' ').trim();
}

/** At most so many characters, the last one "…" where something is missing. */
export function cut(text: string, longest: number): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`;
}

/**
 * The settings file: NAME=value lines, written so that we, a shell (`. FILE`) and systemd's EnvironmentFile read the same values.
 *
 * | written          | read                                                             |
 * |------------------|------------------------------------------------------------------|
 * | NAME=text        | the text up to the end of the line or ` #`, without blanks around |
 * | NAME='text'      | the text as it is, over several lines too                        |
 * | NAME="text"      | the same, with `\"` `\\` `\$` `` \` `` and `\n` as escapes        |
 * | export NAME=…    | NAME=…                                                           |
 */
import { AdminError } from '../errors.ts';

/** A stretch of the file: the lines of one setting, or (without a name) lines between settings. */
interface Stretch {
  text: string;
  name: string | null;
  value: string;
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/;
const PLAIN = /^[A-Za-z0-9_./:@%+,=?&-]+$/;
const REST_OF_LINE = /^[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/;

/** The values by name; the last line wins. Throws {@link AdminError} with the line's number, never its text. */
export function readSettingsText(text: string, file: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, value } of stretches(text, file)) if (name !== null) values.set(name, value);
  return values;
}

/** Values by name; null takes the setting out of the file. */
export type FileChanges = ReadonlyMap<string, string | null>;

/**
 * The text with these values in place of the ones that it had, and new ones at the end. Comments and names that are not among
 * the values stay as they are.
 */
export function changeSettingsText(text: string, values: FileChanges, file: string): string {
  const missing = new Map(values);
  let changed = '';
  for (const stretch of stretches(text, file)) {
    const value = stretch.name === null ? undefined : values.get(stretch.name);
    if (stretch.name === null || value === undefined) {
      changed += stretch.text;
    } else if (missing.delete(stretch.name)) {
      changed += assignment(stretch.name, value);
    }
  }
  if (changed !== '' && !changed.endsWith('\n')) changed += '\n';
  for (const [name, value] of missing) changed += assignment(name, value);
  return changed;
}

function assignment(name: string, value: string | null): string {
  return value === null ? '' : `${name}=${quoted(value)}\n`;
}

function quoted(value: string): string {
  if (PLAIN.test(value)) return value;
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  return `"${value.replaceAll(/["\\$`]/g, '\\$&')}"`;
}

function stretches(given: string, file: string): Stretch[] {
  const text = given.replace(/^\uFEFF/, '');
  const found: Stretch[] = [];
  let at = 0;
  while (at < text.length) {
    const stretch = nextStretch(text, at, file);
    found.push(stretch);
    at += stretch.text.length;
  }
  return found;
}

function nextStretch(text: string, at: number, file: string): Stretch {
  const rest = text.slice(at);
  const line = /^[^\n]*(?:\n|$)/.exec(rest)?.[0] ?? rest;
  if (/^[ \t]*(#|\r?$|\r?\n)/.test(line)) return { text: line, name: null, value: '' };
  const refuse = (why: string): never => {
    const number = text.slice(0, at).split('\n').length;
    throw new AdminError(
      `Line ${number} of the settings file ${file} cannot be read: ${why}.`,
      "Write NAME=value, or NAME='value' when the value has blanks or quotes.",
    );
  };
  const [start, name] = ASSIGNMENT.exec(line) ?? refuse('it is not NAME=value');
  const body = rest.slice(start.length);
  const quote = body[0] ?? '';
  if (name === undefined) return refuse('it has no name');
  if (!`'"\``.includes(quote) || quote === '') {
    const plain = line.slice(start.length);
    return { text: line, name, value: plain.replace(/(^|[ \t])#.*/s, '').trim() };
  }
  const closed =
    quote === '"' ? /^"((?:\\[\s\S]|[^"\\])*)"/.exec(body) : new RegExp(`^${quote}([^${quote}]*)${quote}`).exec(body);
  if (!closed) return refuse(`the quote that begins the value of ${name} is never closed`);
  const after = REST_OF_LINE.exec(body.slice(closed[0].length));
  if (!after) return refuse(`there is text behind the closing quote of ${name}`);
  const value = quote === '"' ? unescaped(closed[1] ?? '') : (closed[1] ?? '');
  return { text: start + closed[0] + after[0], name, value };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (both, character: string) => {
    if (character === 'n') return '\n';
    return '"\\$`'.includes(character) ? character : both;
  });
}

/** GRANT statements among the words of remedies, to copy into any SQL console. */

const STATEMENT = /\bGRANT (?:[A-Z]+[ ,(])[^;]*? TO (?:"(?:[^"]|"")+"|[^\s;"]+);/g;

/** Each statement once, in the order in which they are named. */
export function grantsIn(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.match(STATEMENT) ?? []))];
}

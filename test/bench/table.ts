/** Puts the table of a bench into a document, between the lines that mark its place. */

/**
 * The text with these lines in the place of the bench, `<!-- bench NAME -->` to `<!-- end -->`. Throws when the text has no such place.
 */
export function withTable(text: string, bench: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- bench ${bench} -->\n`, '<!-- end -->'];
  const from = text.indexOf(begin);
  const until = from < 0 ? -1 : text.indexOf(end, from);
  if (until < 0) throw new Error(`there is no place for the bench ${bench}: ${begin.trim()} to ${end}`);
  return `${text.slice(0, from + begin.length)}${lines.join('\n')}\n${text.slice(until)}`;
}

/** The commands that a Markdown page tells, for tests that run them as they are written. */

/** What stands between backticks, and in indented lines, below the heading that begins with these words, in order. */
export function commandsOf(page: string, heading: string): string[] {
  const [, after = ''] = page.split(new RegExp(`^#+ ${heading}`, 'm'));
  const [section = ''] = after.split(/^#+ /m);
  const found = [...section.matchAll(/`([^`]+)`|^ {4,}(\S.*)$/gm)];
  return found.map(([, inline, line]) => (inline ?? line ?? '').replace(/ {2,}#.*$/, '').trim());
}

/** A notice within a project's guideline (Markdown): a marked block, around which the admin's text stays byte for byte. */

const start = '<!-- opentrain-plugin notice -->';
const end = '<!-- end of opentrain-plugin notice -->';
const separator = '\n\n';

/** The guideline with this notice above the admin's text, or without any for null. */
export function withNotice(guideline: string, notice: string | null): string {
  const own = withoutNotice(guideline);
  if (notice === null) return own;
  const block = [start, ...notice.split(/\r?\n/).map((line) => `> ${escapeMarkdown(line)}`), end].join('\n');
  return own === '' ? block : `${block}${separator}${own}`;
}

function withoutNotice(guideline: string): string {
  const from = guideline.indexOf(start);
  const endAt = guideline.indexOf(end, from);
  if (from === -1 || endAt === -1) return guideline;
  const rest = guideline.slice(endAt + end.length);
  return guideline.slice(0, from) + (rest.startsWith(separator) ? rest.slice(separator.length) : rest);
}

/** Plain text that no Markdown reader takes for markup; so it cannot hold the end of the block either. */
function escapeMarkdown(line: string): string {
  return line.replaceAll(/[\\`*_{}[\]<>#|~&!]/g, '\\$&');
}

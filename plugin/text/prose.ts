/** Sentences of ours as HTML: what stands between backticks is code, addresses are links, and everything else is escaped. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The text as HTML; only `http` and `https` are linked. */
export function prose(text: string): string {
  return escaped(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/https?:\/\/[^\s<>"]*[^\s<>"&.,;:!?)]/g, '<a href="$&" rel="noreferrer">$&</a>');
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

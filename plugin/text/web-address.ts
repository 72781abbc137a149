/** Addresses from outside that a page of ours links to. */

/** The address when it is one of the web (http, https), else null: `javascript:` and the like are never linked. */
export function webAddress(address: string | null | undefined): string | null {
  if (!address || !URL.canParse(address)) return null;
  const { protocol } = new URL(address);
  return protocol === 'https:' || protocol === 'http:' ? address : null;
}

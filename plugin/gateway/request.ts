/**
 * A request's address as the rules read it. What is passed on is written anew from what was read, so that the tool cannot read
 * something else in it than the rules did.
 */

export interface ReadPath {
  /** Decoded. */
  segments: readonly string[];
  endsWithSlash: boolean;
}

/** The segments of a raw path; null for one that could be read in more than one way. */
export function readPath(raw: string): ReadPath | null {
  if (!raw.startsWith('/') || /[\\#;]/.test(raw)) return null;
  const endsWithSlash = raw.length > 1 && raw.endsWith('/');
  const parts = raw.slice(1, endsWithSlash ? -1 : undefined).split('/');
  if (raw === '/') return { segments: [], endsWithSlash: true };
  const segments: string[] = [];
  for (const part of parts) {
    const segment = decoded(part);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    if (segment === null || /^\.{0,2}$/.test(segment) || /[\u0000-\u001f\u007f/\\]/.test(segment)) return null;
    segments.push(segment);
  }
  return { segments, endsWithSlash };
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The path and query as they are passed on. */
export function writeTarget({ segments, endsWithSlash }: ReadPath, query: URLSearchParams): string {
  const path = `/${segments.map(encodeURIComponent).join('/')}${endsWithSlash && segments.length > 0 ? '/' : ''}`;
  const search = query.toString();
  return search ? `${path}?${search}` : path;
}

/** Path and query of a request line; null when it is not of the usual form ("/path?query"). */
export function splitTarget(target: string): { path: string; query: URLSearchParams } | null {
  if (!target.startsWith('/')) return null;
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

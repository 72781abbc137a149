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

export interface Target {
  /** Below the base path, as it was sent. */
  raw: string;
  path: string;
  query: URLSearchParams;
  /** The path, as the rules read it. */
  read: ReadPath;
}

/** What a request line of the usual form ("/base/path?query") asks for; null for another, and for a path that could be read in two ways. */
export function readTarget(url: string, basePath: string): Target | null {
  if (!url.startsWith(basePath)) return null;
  const below = url.slice(basePath.length);
  if (basePath && below && !/^[/?]/.test(below)) return null;
  const raw = below.startsWith('/') ? below : `/${below}`;
  const [path = '', ...search] = raw.split('?');
  const read = readPath(path);
  return read && { raw, path, query: new URLSearchParams(search.join('?')), read };
}

/**
 * Reads user and password of a URL where they were not percent-encoded. Amazon SES makes passwords with `/` and `+`, and people
 * paste them as they are.
 *
 * | the text up to the first `/ ? #`      | an `@` after it       | read as                                        |
 * |---------------------------------------|-----------------------|------------------------------------------------|
 * | [user[:password]@]host[:port]         | none                  | as in any URL                                  |
 * | [user[:password]@]host[:port]         | in a query's value    | as in any URL                                  |
 * | [user[:password]@]host[:port]         | elsewhere             | two readings are possible: refused             |
 * | the same, then `#`                    | after the `#`         | everything up to the last `@` is the password  |
 * | user:part-of-a-password               | somewhere             | everything up to the last `@` is the password  |
 */

export interface UrlParts {
  scheme: string;
  /** Decoded; undefined when the URL has none. */
  user: string | undefined;
  /** Decoded; undefined when the URL has none. */
  password: string | undefined;
  /** As written; an IPv6 address in brackets; empty when absent. */
  host: string;
  port: number | undefined;
  /** From the first `/` or `?` on, as written. */
  rest: string;
}

export type UrlReading =
  | { parts: UrlParts }
  | { problem: 'no-scheme' | 'no-host' | 'bad-host' | 'ambiguous' | 'fragment' };

const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%-]*)(?::(\d{1,5}))?$/;
const LARGEST_PORT = 65_535;

/** The parts of `scheme://[user[:password]@]host[:port][/…][?…]`, or why they cannot be told apart. Never throws. */
export function readUrl(text: string): UrlReading {
  const [start, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? [];
  if (start === undefined || scheme === undefined) return { problem: 'no-scheme' };
  const body = text.slice(start.length);
  const standard = splitAt(body, body.search(/[/?#]/));
  const lenient = splitAtLastAt(body);
  const asWritten = partsOf(scheme.toLowerCase(), standard.before, standard.after);
  const asPasted = lenient && partsOf(scheme.toLowerCase(), lenient.before, lenient.after);
  const hasFragment = standard.after.includes('#');
  if (asWritten && !hasFragment) {
    const twoReadings = /^\/[^?]*@|^[^?]*\?[^=]*@/.test(standard.after);
    return twoReadings ? { problem: 'ambiguous' } : { parts: asWritten };
  }
  if (asPasted && lenient.after.includes('#')) return { problem: 'fragment' };
  if (asPasted) return asPasted.user?.match(/[/?#]/) ? { problem: 'ambiguous' } : { parts: asPasted };
  if (asWritten) return { problem: 'fragment' };
  return { problem: 'bad-host' };
}

/** The URL with user and password percent-encoded, as every library reads it. */
export function writeUrl({ scheme, user, password, host, port, rest }: UrlParts): string {
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  const credentials = user === undefined ? '' : `${encodeURIComponent(user)}${secret}@`;
  return `${scheme}://${credentials}${host}${port === undefined ? '' : `:${port}`}${rest}`;
}

interface Split {
  /** User information, host and port. */
  before: string;
  after: string;
}

function splitAt(body: string, end: number): Split {
  return end === -1 ? { before: body, after: '' } : { before: body.slice(0, end), after: body.slice(end) };
}

function splitAtLastAt(body: string): Split | null {
  const at = body.lastIndexOf('@');
  if (at === -1) return null;
  const end = body.slice(at).search(/[/?#]/);
  return splitAt(body, end === -1 ? -1 : at + end);
}

function partsOf(scheme: string, authority: string, rest: string): UrlParts | null {
  const at = authority.lastIndexOf('@');
  const [, host, port] = HOST.exec(authority.slice(at + 1)) ?? [];
  if (host === undefined || Number(port ?? 1) > LARGEST_PORT) return null;
  const credentials = at === -1 ? undefined : authority.slice(0, at);
  const colon = credentials?.indexOf(':') ?? -1;
  const user = colon === -1 ? credentials : credentials?.slice(0, colon);
  const password = colon === -1 ? undefined : credentials?.slice(colon + 1);
  return {
    scheme,
    user: user === undefined ? undefined : decoded(user),
    password: password === undefined ? undefined : decoded(password),
    host,
    port: port === undefined ? undefined : Number(port),
    rest,
  };
}

/** Percent-decoded; a `%` that begins no code stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  } catch {
    return text;
  }
}

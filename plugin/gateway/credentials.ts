/** What a request shows of who asks: cookies and headers that the tool takes. Pure. */
import type { IncomingHttpHeaders } from 'node:http';
import type { WhoamiRule } from '../../adapters/gateway.ts';

/** One way in which a request says who asks, as the headers of a call that asks the tool about it. */
export interface Credential {
  /** Equal for equal credentials. */
  key: string;
  headers: Readonly<Record<string, string>>;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The cookies of a request, as they are passed on: what could be read in two ways is left out, of two with one name the last stays. */
export function readCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? '').split(';')) {
    const mark = pair.indexOf('=');
    const name = pair.slice(0, mark).replace(/^[ \t]+|[ \t]+$/g, '');
    if (mark > 0 && TOKEN.test(name)) cookies.set(name, pair.slice(mark + 1).replace(/^[ \t]+|[ \t]+$/g, ''));
  }
  return cookies;
}

export function writeCookies(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** Every credential that the request shows: the tool may look at either, so each of them is asked about. */
export function credentialsOf(headers: IncomingHttpHeaders, rule: WhoamiRule): Credential[] {
  const credentials: Credential[] = [];
  const cookies = readCookies(headers.cookie);
  const shown = new Map([...cookies].filter(([name]) => rule.cookies.includes(name)));
  if (shown.size > 0) {
    const cookie = writeCookies(shown);
    credentials.push({ key: `cookie ${cookie}`, headers: { cookie } });
  }
  for (const name of rule.headers) {
    const value = headers[name];
    if (typeof value === 'string') credentials.push({ key: `${name} ${value}`, headers: { [name]: value } });
  }
  return credentials;
}

/** The headers without any credential, as of somebody who has not signed in. */
export function withoutCredentials(headers: IncomingHttpHeaders, rule: WhoamiRule): IncomingHttpHeaders {
  const rest: IncomingHttpHeaders = { ...headers };
  for (const name of rule.headers) delete rest[name];
  const cookies = readCookies(headers.cookie);
  for (const name of rule.cookies) cookies.delete(name);
  if (cookies.size > 0) rest.cookie = writeCookies(cookies);
  else delete rest.cookie;
  return rest;
}

/** The cookies with which an answer replaces a credential, as a credential; null when it sets none, or takes them away. */
export function renewedCredential(setCookie: readonly string[] | undefined, rule: WhoamiRule): Credential | null {
  const set = new Map<string, string>();
  for (const line of setCookie ?? []) {
    for (const [name, value] of readCookies(line.split(';', 1)[0]))
      if (rule.cookies.includes(name) && !/^("")?$/.test(value)) set.set(name, value);
  }
  const cookie = writeCookies(set);
  return set.size === rule.cookies.length ? { key: `cookie ${cookie}`, headers: { cookie } } : null;
}

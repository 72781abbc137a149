/** What is wrong with an address in a setting: of a web server, a database, a mail server or a proxy. */
import { readUrl, type UrlParts, type UrlReading, writeUrl } from './url-credentials.ts';

/** Words after the setting's name, and what to do. Neither holds the value: it may be a secret. */
export interface ValueProblem {
  what: string;
  remedy: string;
}

/** A value as it is used, or what is wrong with it. */
export type Checked = { value: string } | { problem: ValueProblem };

const refused = (what: string, remedy: string): Checked => ({ problem: { what, remedy } });

const HOW_TO_ENCODE =
  'percent-encode the special characters of user and password: / is %2F, + is %2B, # is %23, ? is %3F, @ is %40, % is %25';

const exampleOfUrl: Readonly<Record<string, string>> = {
  OPENTRAIN_BASE_URL: 'https://app.opentrain.ai',
  TOOL_BASE_URL: 'http://127.0.0.1:8080',
  TOOL_PUBLIC_URL: 'https://label.example.com',
  PLUGIN_PUBLIC_URL: 'https://opentrain.example.com',
  GATEWAY_PUBLIC_URL: 'https://work.example.com',
  OIDC_ISSUER: 'https://accounts.example.com',
};

/** An address of a web server: http(s), a host, perhaps a path. Trailing slashes are taken away. */
export function checkWebUrl(name: string, text: string): Checked {
  const example = `write it as in ${exampleOfUrl[name] ?? 'https://example.com'}`;
  if (/^[\w.-]+(:\d+)?(\/|$)/.test(text)) return refused('has no scheme', example);
  if (!URL.canParse(text)) return refused('is not an http(s) URL', example);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return refused('is not an http(s) URL', example);
  if (url.username || url.password || /^https?:\/\/[^/?#]*@/i.test(text)) {
    return refused('has a user or password in it', `leave them out, ${example}`);
  }
  if (/[?#]/.test(text)) return refused('has a query (?) or a fragment (#)', `end it before that, ${example}`);
  if (url.hostname.includes('_')) {
    const remedy = 'Django and certificates refuse such names: give the host (or container) a name without it';
    return refused('has an underscore in its host name', remedy);
  }
  if (name.endsWith('PUBLIC_URL') && /^(0\.0\.0\.0|\[::\])$/.test(url.hostname)) {
    return refused('is an address to listen on, which no browser can open', example);
  }
  if (name === 'OPENTRAIN_BASE_URL' && url.protocol === 'http:' && url.hostname.endsWith('opentrain.ai')) {
    return refused('would send the token unencrypted', 'write https:// instead of http://');
  }
  if (name === 'OIDC_ISSUER') return checkIssuer(url, text);
  return { value: text.replace(/\/+$/, '') };
}

/** An issuer is compared to the letter, a slash at its end included (OpenID Connect Discovery 1.0, section 4.3). */
function checkIssuer({ protocol, hostname }: URL, text: string): Checked {
  const isLocal = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  if (protocol === 'http:' && !isLocal) {
    return refused('would send the secret of the client unencrypted', 'write https:// instead of http://');
  }
  return { value: text };
}

const STORE_EXAMPLE = 'sqlite:/var/lib/opentrain-plugin/plugin.sqlite3 or postgres://user:password@host:5432/database';

/** Schemes that people try, and what to do instead. */
const otherDatabases: readonly [scheme: RegExp, what: string, remedy: string][] = [
  [/^(mysql|mariadb)/i, 'names MySQL, which is not supported', 'MYSQL'],
  [/^postgres(ql)?\+\w+:/i, "has a Python driver's name in its scheme", 'write postgres:// alone'],
  [/^jdbc:/i, 'is a JDBC URL', 'take jdbc: away and put user and password before the host'],
  [/^(mssql|sqlserver|oracle|mongodb)/i, 'names a database that is not supported', `write ${STORE_EXAMPLE}`],
  [/^sqlite3:/i, 'has an unknown scheme', 'write sqlite: instead of sqlite3:'],
  [/^(file:|\.{0,2}\/)/i, 'is a path', 'write sqlite: before the path'],
];

/** `postgres://…` with user and password percent-encoded, or `sqlite:PATH`. */
export function checkDatabaseUrl(name: string, text: string): Checked {
  for (const [scheme, what, remedy] of otherDatabases) {
    if (!scheme.test(text)) continue;
    return refused(what, remedy === 'MYSQL' ? remedyForMysql(name) : remedy);
  }
  if (/^sqlite:/i.test(text)) return checkSqliteUrl(text);
  if (!/^postgres(ql)?:/i.test(text))
    return refused('is neither postgres://… nor sqlite:/path', `write ${STORE_EXAMPLE}`);
  const reading = readUrl(text);
  const problem = urlProblem(reading, `write ${STORE_EXAMPLE}`);
  if (problem) return { problem };
  if (!('parts' in reading)) return refused('cannot be read', HOW_TO_ENCODE);
  if (reading.parts.host === '' && !/[?&]host=/.test(reading.parts.rest)) {
    return refused('names no host', `write ${STORE_EXAMPLE}`);
  }
  return { value: writeUrl(reading.parts) };
}

function remedyForMysql(name: string): string {
  if (name === 'DATABASE_URL') return `the plugin keeps its store in SQLite or PostgreSQL: write ${STORE_EXAMPLE}`;
  return 'take the setting away: access works without it, removals stay partial and nothing is counted';
}

function checkSqliteUrl(text: string): Checked {
  const path = text.replace(/^sqlite:(\/\/)?/i, '');
  if (path === '') return refused('names no file', 'write sqlite:/path/to/file');
  if (/^:memory:|mode=memory/.test(path))
    return refused('keeps nothing: it is lost when a command ends', 'write sqlite:/path/to/file');
  if (path.includes('?')) return refused('has options after the path', 'write the path alone: sqlite:/path/to/file');
  if (path.endsWith('/')) return refused('names a folder', 'write the path of the file: sqlite:/path/to/file');
  return { value: `sqlite:${path}` };
}

const SMTP_EXAMPLE = 'smtps://user:password@smtp.example.com or smtp://user:password@smtp.example.com:587';
/** Where TLS begins with the first byte, so that `smtp://` waits for a greeting that never comes. */
const IMPLICIT_TLS_PORT = 465;

/** nodemailer's URL form, with user and password percent-encoded. */
export function checkSmtpUrl(text: string): Checked {
  const reading = readUrl(text);
  const problem = urlProblem(reading, `write ${SMTP_EXAMPLE}`);
  if (problem) return { problem };
  if (!('parts' in reading)) return refused('cannot be read', HOW_TO_ENCODE);
  return checkSmtpParts(reading.parts);
}

function checkSmtpParts(parts: UrlParts): Checked {
  const { scheme, host, port, user, password, rest } = parts;
  if (!/^smtps?$/.test(scheme)) return refused('is neither smtp:// nor smtps://', `write ${SMTP_EXAMPLE}`);
  if (host === '') return refused('names no host', `write ${SMTP_EXAMPLE}`);
  if (!/^\/?(\?.*)?$/.test(rest)) return refused('has a path after the host', HOW_TO_ENCODE);
  const isSecure = /[?&]secure=true(&|$)/.test(rest);
  if (scheme === 'smtp' && port === IMPLICIT_TLS_PORT && !isSecure) {
    return refused('uses smtp:// with port 465, where TLS begins at once', 'write smtps:// instead, or port 587');
  }
  if (scheme === 'smtps' && port === 587) {
    return refused(
      'uses smtps:// with port 587, where TLS begins later (STARTTLS)',
      'write smtp:// instead, or port 465',
    );
  }
  if (user !== undefined && password === undefined) {
    return refused('has a user without a password', `write ${SMTP_EXAMPLE}, or leave both out`);
  }
  return { value: writeUrl({ ...parts, rest: rest.replace(/^\//, '') }) };
}

/** An HTTP proxy: http(s)://[user:password@]host:port. */
export function checkProxyUrl(text: string): Checked {
  const example = 'write http://proxy.example.com:3128';
  const reading = readUrl(/^[\w.-]+:\d+$/.test(text) ? `http://${text}` : text);
  const problem = urlProblem(reading, example);
  if (problem) return { problem };
  if (!('parts' in reading)) return refused('cannot be read', HOW_TO_ENCODE);
  if (!/^https?$/.test(reading.parts.scheme)) return refused('is not an http(s) proxy', example);
  if (reading.parts.host === '') return refused('names no host', example);
  return { value: writeUrl({ ...reading.parts, rest: '' }) };
}

function urlProblem(reading: UrlReading, example: string): ValueProblem | null {
  if ('parts' in reading) return null;
  switch (reading.problem) {
    case 'no-scheme':
      return { what: 'has no scheme', remedy: example };
    case 'no-host':
      return { what: 'names no host', remedy: example };
    case 'bad-host':
      return { what: 'has a host or port that cannot be read', remedy: `${example}; ${HOW_TO_ENCODE}` };
    case 'fragment':
      return { what: 'has a # after the host', remedy: HOW_TO_ENCODE };
    case 'ambiguous':
      return { what: 'can be read in two ways', remedy: HOW_TO_ENCODE };
  }
}

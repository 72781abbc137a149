/** The address of a PostgreSQL database as admins write it, in the words of libpq's connection URIs. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions, PeerCertificate } from 'node:tls';
import { messageOf, ToolRefused } from '../errors.ts';

/** What the `pg` driver is given, for a tool's database and for the plugin's own store alike. */
export interface PostgresAddress {
  host: string;
  port: number;
  user?: string;
  password?: string;
  database?: string;
  /** libpq's `options`: `-c search_path=NAME` for tables in another schema than `public`. */
  options?: string;
  ssl?: ConnectionOptions | boolean;
}

/** The setting that holds the URL, for error messages. The URL itself is never told: it holds a password. */
export type PostgresSetting = 'TOOL_DATABASE_URL' | 'DATABASE_URL';

interface Parts {
  userInfo: string | undefined;
  host: string;
  port: string | undefined;
  database: string | undefined;
  query: string;
}

const DEFAULT_PORT = 5432;
/** Host (a name, an IPv6 address in brackets, or an escaped socket folder), port, database, parameters. */
const afterUser = /^(\[[\da-f:.]+\]|[\w.-]+|%2F[\w%.-]*|)(?::(\d{1,5}))?(?:\/([^/?#]*))?(?:\?(.*))?$/is;

/**
 * Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETERS`. A password may be percent-encoded, or hold any character as it
 * is (`#`, `/`, `?`, `@`, `%`): the last `@` before a valid host ends it. Understood parameters: `sslmode`, `sslrootcert`,
 * `sslcert`, `sslkey`, `ssl`, `options`, `host`, `port`, `user`, `password`, `dbname`; others are ignored.
 * Throws {@link ToolRefused}, with the setting's name, for anything else.
 */
export function readPostgresUrl(url: string, setting: PostgresSetting): PostgresAddress {
  const parts = split(url);
  if (parts === null) {
    throw new ToolRefused(
      `${setting} is not an address of a PostgreSQL database.`,
      `Set ${setting} to postgres://USER:PASSWORD@HOST:PORT/DATABASE.`,
    );
  }
  const parameters = new URLSearchParams(parts.query);
  const colon = parts.userInfo?.indexOf(':') ?? -1;
  const user = colon === -1 ? parts.userInfo : parts.userInfo?.slice(0, colon);
  const password = colon === -1 ? undefined : parts.userInfo?.slice(colon + 1);
  const host = parameters.get('host') ?? decoded(parts.host).replace(/^\[(.*)\]$/, '$1');
  const ssl = tlsOptions(host, parameters, setting);
  const options = parameters.get('options');
  return {
    host: host || 'localhost',
    port: Number(parameters.get('port') ?? parts.port ?? DEFAULT_PORT),
    ...given('user', parameters.get('user') ?? decoded(user)),
    ...given('password', parameters.get('password') ?? decoded(password)),
    ...given('database', parameters.get('dbname') ?? decoded(parts.database)),
    ...given('options', options ?? undefined),
    ...(ssl === undefined ? {} : { ssl }),
  };
}

function given<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  if (value === undefined || value === '') return {};
  const entry: Partial<Record<Name, string>> = {};
  entry[name] = value;
  return entry;
}

/** Whether this is written as a PostgreSQL address. */
export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:\/\//i.test(url);
}

function split(url: string): Parts | null {
  const rest = /^postgres(?:ql)?:\/\/(.*)$/is.exec(url)?.[1];
  if (rest === undefined) return null;
  // Written by the rules, the first @ ends the user and password, and another one can only be in a parameter's value. Else the last
  // one that leaves a valid address behind it does.
  const byTheRules = /^[^/?#@]*@(?=[^@]*(?:\?\w+=.*)?$)/s.exec(rest)?.[0].length;
  const ends = byTheRules === undefined ? [] : [byTheRules];
  for (let at = rest.lastIndexOf('@'); at >= 0; at = at === 0 ? -1 : rest.lastIndexOf('@', at - 1)) ends.push(at + 1);
  for (const end of [...ends, 0]) {
    const found = afterUser.exec(rest.slice(end));
    if (!found) continue;
    const [, host = '', port, database, query = ''] = found;
    return { userInfo: end === 0 ? undefined : rest.slice(0, end - 1), host, port, database, query };
  }
  return null;
}

/** Percent-encoding is undone where it is valid; a single `%` stands for itself. */
function decoded(text: string): string;
function decoded(text: string | undefined): string | undefined;
function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * libpq's rules, which PostgreSQL's own documentation gives (Table "SSL Mode Descriptions"), and `no-verify`:
 *
 * | sslmode | encrypted | certificate checked | host name checked |
 * |---|---|---|---|
 * | absent, disable | no | | |
 * | require | yes | only with sslrootcert | no |
 * | no-verify | yes | no | no |
 * | verify-ca | yes | yes | no |
 * | verify-full, ssl=true | yes | yes | yes |
 */
function tlsOptions(
  host: string,
  parameters: URLSearchParams,
  setting: PostgresSetting,
): ConnectionOptions | boolean | undefined {
  const mode = parameters.get('sslmode') ?? (/^(true|1)$/.test(parameters.get('ssl') ?? '') ? 'verify-full' : null);
  if (mode === null) return undefined;
  if (mode === 'disable') return false;
  if (!['require', 'no-verify', 'verify-ca', 'verify-full'].includes(mode)) {
    throw new ToolRefused(
      `${setting} asks for sslmode=${mode}, which is not supported.`,
      'Use sslmode=disable, require, verify-ca, verify-full or no-verify.',
    );
  }
  const root = parameters.get('sslrootcert');
  const ca = root === null || root === 'system' ? undefined : readFile(root, 'sslrootcert', setting);
  const isChecked = mode.startsWith('verify') || (mode === 'require' && root !== null);
  const isHostChecked = mode === 'verify-full';
  // Not imported: this file is read at every start, and TLS is much to load.
  const { checkServerIdentity } = process.getBuiltinModule('node:tls');
  const cert = fileOf(parameters, 'sslcert', setting);
  const key = fileOf(parameters, 'sslkey', setting);
  return {
    rejectUnauthorized: isChecked,
    // The driver does not hand on an IP address, and Node would compare the certificate with `localhost` instead.
    checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
      isHostChecked ? checkServerIdentity(host, certificate) : undefined,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function fileOf(parameters: URLSearchParams, name: string, setting: PostgresSetting): string | undefined {
  const path = parameters.get(name);
  return path === null ? undefined : readFile(path, name, setting);
}

function readFile(path: string, name: string, setting: PostgresSetting): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ToolRefused(
      `The file that ${name} in ${setting} names cannot be read: ${messageOf(error)}.`,
      `Let ${name} name a PEM file that the plugin's user may read.`,
    );
  }
}

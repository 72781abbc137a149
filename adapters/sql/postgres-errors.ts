/** What PostgreSQL's errors mean for the plugin: an outage that passes, or a refusal that an admin must act on. */
import { z } from 'zod';
import { messageOf, ToolRefused, ToolUnavailable } from '../errors.ts';
import { grantLine, quotedName } from './grants.ts';
import type { PostgresSetting } from './postgres-url.ts';

export interface StatementContext {
  setting: PostgresSetting;
  /** The database role, for GRANT lines. */
  role: string;
  /** The statement, when it was a change. */
  change?: string;
}

/** Whose database it is, for people. */
const subjects = { TOOL_DATABASE_URL: 'The tool’s database', DATABASE_URL: 'The plugin’s database' } as const;

const codeSchema = z.object({ code: z.string() });

/** The SQLSTATE or system code of an error, or ''. */
export function codeOf(error: unknown): string {
  return codeSchema.safeParse(error).data?.code ?? '';
}

/** OpenSSL's and Node's codes for a certificate that is not trusted, expired, or another host's. */
const certificateCode =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|ERR_OSSL_\w+|ERR_SSL_\w+)$/;

/** Whether a connection failed because of a certificate: trying again does not help. */
export function isCertificateError(error: unknown): boolean {
  return certificateCode.test(codeOf(error));
}

/**
 * The error to throw for what the driver threw. {@link ToolRefused} (an admin must act): wrong password (28P01), no right to
 * connect (28000), no such database (3D000), missing table, column or right (42P01, 42703, 42501), a read replica (25006), a value
 * out of range (class 22), TLS. An error in our own statement is returned as it is. All else is
 * {@link ToolUnavailable}: it may work later.
 */
export function explainPostgresError(error: unknown, context: StatementContext): Error {
  const code = codeOf(error);
  const message = messageOf(error).replace(/\.$/, '');
  return (
    connectionRefusal(error, code, message, context) ??
    statementRefusal(code, message, context) ??
    outage(error, code, message, subjects[context.setting])
  );
}

function connectionRefusal(
  error: unknown,
  code: string,
  message: string,
  { setting, role }: StatementContext,
): ToolRefused | null {
  const check = `Check ${setting}.`;
  if (isCertificateError(error)) {
    return new ToolRefused(
      `The certificate of the database server is not accepted: ${message}.`,
      `Add sslrootcert=/PATH/TO/CA.pem to ${setting}; sslmode=no-verify encrypts without checking the certificate.`,
    );
  }
  if (/server does not support SSL/i.test(message)) {
    return new ToolRefused(
      `${setting} asks for TLS, and the database server does not offer it.`,
      `Take sslmode out of ${setting}, or switch TLS on in the server.`,
    );
  }
  if (/client password must be a (non-empty )?string|no password supplied/i.test(message)) {
    return new ToolRefused(
      `The database server asks for a password of ${role}, and ${setting} has none.`,
      `Set ${setting} to postgres://USER:PASSWORD@HOST:PORT/DATABASE.`,
    );
  }
  if (code === '28P01') {
    return new ToolRefused(`The database does not let ${role} in: ${message}.`, `${check} Is the password right?`);
  }
  if (code === '28000') {
    const remedy = /no encryption|SSL off/i.test(message)
      ? `The server wants TLS: add sslmode=require to ${setting}.`
      : `${check} Does the server let this role connect from here (pg_hba.conf)?`;
    return new ToolRefused(`The database does not let ${role} in: ${message}.`, remedy);
  }
  if (code === '3D000') return new ToolRefused(`The database does not exist: ${message}.`, check);
  if (code === '08P01' && /unsupported startup parameter/i.test(message)) {
    return new ToolRefused(
      `The connection pooler refuses a parameter of ${setting}: ${message}.`,
      `Take options out of ${setting} and set it on the role: ALTER ROLE ${quotedName(role)} SET search_path = NAME;`,
    );
  }
  return null;
}

function statementRefusal(
  code: string,
  message: string,
  { setting, role, change }: StatementContext,
): ToolRefused | null {
  if (code === '42P01' || code === '42703') {
    return new ToolRefused(
      `A table or column of the tool is missing: ${message}.`,
      `Does ${setting} name the tool's own database (tables in another schema: add ?options=-c%20search_path%3DNAME)? Is this version of the tool supported?`,
    );
  }
  if (code === '42501') {
    const table = /permission denied for (?:table|relation|view) "?([\w.]+)"?/.exec(message)?.[1];
    const database = /permission denied for database "?([^"]+)"?/.exec(message)?.[1];
    const schema = /permission denied for schema "?(\w+)"?/.exec(message)?.[1] ?? 'public';
    if (database !== undefined) return connectRefusal(database, message, role);
    const refused = `The database role ${role} may not do this: ${message}.`;
    if (table && setting === 'DATABASE_URL') {
      // The plugin changes its tables itself when it is upgraded.
      const owner = `ALTER TABLE ${table.split('.').map(quotedName).join('.')} OWNER TO ${quotedName(role)};`;
      return new ToolRefused(refused, `The role must own the store's tables. As their owner, run: ${owner}`);
    }
    // The server does not say which column: a grant of the whole table would open password hashes too.
    if (table && !change) {
      const remedy = 'Run opentrain-plugin doctor: it prints the GRANT lines that are missing, column by column.';
      return new ToolRefused(refused, remedy);
    }
    const grant = table
      ? grantLine('UPDATE', table, updatedColumns(change ?? ''), role)
      : `GRANT USAGE ON SCHEMA ${quotedName(schema)} TO ${quotedName(role)};`;
    return new ToolRefused(refused, `As the database's owner, run: ${grant}`);
  }
  if (code === '25006') {
    return new ToolRefused(
      `The database is a read replica, where nothing can be changed: ${message}.`,
      `Set ${setting} to the primary server.`,
    );
  }
  if (code.startsWith('22')) {
    return new ToolRefused(
      `The database holds a value that cannot be counted: ${message} (${code}).`,
      'Look at the newest rows of the tool; report this to the authors of the plugin with the code.',
    );
  }
  return null;
}

function connectRefusal(database: string, message: string, role: string): ToolRefused {
  const grant = `GRANT CONNECT ON DATABASE ${quotedName(database)} TO ${quotedName(role)};`;
  return new ToolRefused(
    `The database role ${role} may not connect: ${message}.`,
    `As the database's owner, run: ${grant}`,
  );
}

function outage(error: unknown, code: string, message: string, subject: string): Error {
  if (code === '57014') {
    return new ToolUnavailable(`${subject} cancelled the statement, which may have taken too long: ${message}.`);
  }
  // A statement that the server finds wrong is our mistake: trying again would not help.
  if (/^(23|25|42)/.test(code) && error instanceof Error) return error;
  return new ToolUnavailable(`${subject} does not answer: ${message || code}.`, { cause: error });
}

/** The columns that an UPDATE sets: what a missing right must be granted on. */
function updatedColumns(statement: string): string[] {
  const assignments = /\bSET\s+(.*?)(?:\bWHERE\b|$)/is.exec(statement)?.[1] ?? '';
  return [...assignments.matchAll(/(?:^|,)\s*"?(\w+)"?\s*=/g)].flatMap((match) => match[1] ?? []);
}

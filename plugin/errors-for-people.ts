/** Any error of OpenTrain, the tool, the store or the mail server, as an error for people: what failed, where, and what to do. */
import { z } from 'zod';
import { ToolError } from '../adapters/errors.ts';
import { explainPostgresError } from '../adapters/sql/postgres-errors.ts';
import { isPostgresUrl, readPostgresUrl } from '../adapters/sql/postgres-url.ts';
import { AdminError, messageOf } from './errors.ts';
import { OpenTrainRefused, OpenTrainUnavailable } from './platform/errors.ts';
import type { Settings } from './settings/settings.ts';
import { certificateRemedy } from './text/certificate.ts';

/** The settings that say where each of them is. */
export interface Addresses {
  readonly openTrain: Pick<Settings['openTrain'], 'baseUrl'>;
  readonly tool: Pick<Settings['tool'], 'baseUrl'>;
  readonly databaseUrl: string;
}

/** {@link AdminError} for every failure that is known; anything else (a bug) as it is. The original is its `cause`. */
export function forPeople(addresses: Addresses, error: unknown): unknown {
  if (error instanceof AdminError) return error;
  if (error instanceof OpenTrainUnavailable || error instanceof OpenTrainRefused) {
    return openTrainError(addresses.openTrain.baseUrl, error);
  }
  if (error instanceof ToolError) return toolError(addresses.tool.baseUrl, error);
  return mailError(error) ?? storeError(addresses.databaseUrl, error) ?? error;
}

function openTrainError(at: string, error: OpenTrainUnavailable | OpenTrainRefused): AdminError {
  const told = sentence(error.message);
  if (error instanceof OpenTrainUnavailable) {
    return new AdminError(
      `OpenTrain cannot be reached at ${at}: ${told}`,
      certificateRemedy(error.message) ?? 'Check OPENTRAIN_BASE_URL and that this machine may connect to it.',
      { cause: error },
    );
  }
  if (error.status === 401) {
    return new AdminError(
      `OpenTrain does not accept the token: ${told}`,
      'Copy the token once more from the consent screen (it is shown there only once; connecting again makes a new one) and set OPENTRAIN_PARTNER_TOKEN.',
      { cause: error },
    );
  }
  const remedy =
    error.status === 403
      ? 'The install, the platform app or the employer account may be inactive, or the scope is missing: check them on OpenTrain and connect again.'
      : `Check OPENTRAIN_BASE_URL (${at}), or quote the request id to OpenTrain's support.`;
  return new AdminError(told, remedy, { cause: error });
}

function toolError(at: string, error: ToolError): AdminError {
  const told = sentence(error.message);
  switch (error.code) {
    case 'unavailable':
      return new AdminError(
        `The annotation tool cannot be reached at ${at}: ${told}`,
        error.remedy || (certificateRemedy(error.message) ?? 'Check TOOL_BASE_URL, and that the tool runs.'),
        { cause: error },
      );
    case 'refused':
    case 'password-refused':
      return new AdminError(`The annotation tool refused us: ${told}`, error.remedy, { cause: error });
    case 'unable':
    case 'account-exists':
    case 'fault':
      return new AdminError(told, error.remedy, { cause: error });
  }
}

/** nodemailer's codes (https://nodemailer.com/smtp/). */
const mailSchema = z.union([
  z.object({ code: z.enum(['EAUTH', 'ECONNECTION', 'EDNS', 'ESOCKET', 'ETLS', 'EPROTOCOL', 'EPROXY', 'EENVELOPE']) }),
  z.object({ code: z.string(), command: z.string() }),
]);

function mailError(error: unknown): AdminError | null {
  const mail = mailSchema.safeParse(error).data;
  if (!mail) return null;
  const told = sentence(messageOf(error));
  if (mail.code === 'EAUTH') {
    return new AdminError(
      `The mail server does not let us in: ${told}`,
      'Check the user and password in SMTP_URL (special characters percent-encoded).',
      { cause: error },
    );
  }
  if (mail.code === 'EENVELOPE') {
    return new AdminError(`The mail server refused the mail: ${told}`, 'Check MAIL_FROM and the address.', {
      cause: error,
    });
  }
  return new AdminError(
    `The mail server cannot be used: ${told}`,
    'Check SMTP_URL, and that this machine may connect to it.',
    { cause: error },
  );
}

/** SQLSTATEs of connections and servers (classes 08, 28, 3D, 53, 57), of a replica (25006) and a missing right (42501), and what sockets, TLS and knex's pool say. */
const storeOutage =
  /^(25006|42501)$|^(08|28|3D|53|57)\w{3}$|^E[A-Z_]+$|^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT|ERR_TLS|ERR_SSL)/;
const storeSchema = z.union([
  z.object({ code: z.string().regex(storeOutage) }),
  z.object({ name: z.literal('KnexTimeoutError') }),
  z.object({
    message: z
      .string()
      .regex(/server does not support SSL|permission denied for database|Connection terminated|Query read timeout/),
  }),
]);

function storeError(databaseUrl: string, error: unknown): AdminError | null {
  if (!isPostgresUrl(databaseUrl) || !storeSchema.safeParse(error).success) return null;
  const role = readPostgresUrl(databaseUrl, 'DATABASE_URL').user ?? 'the role';
  const told = explainPostgresError(error, { setting: 'DATABASE_URL', role });
  const remedy =
    told instanceof ToolError && told.remedy ? told.remedy : 'Check DATABASE_URL, and that the server runs.';
  return new AdminError(told.message, remedy, { cause: error });
}

/** With exactly one full stop. */
function sentence(text: string): string {
  return `${text.trim().replace(/\.+$/, '')}.`;
}

/** Reads what an adapter threw, once: by its code, by its name (adapters from outside), or as a fault of the adapter. */
import { z } from 'zod';
import {
  AccountExists,
  messageOf,
  PasswordRefused,
  ToolError,
  ToolRefused,
  ToolUnable,
  ToolUnavailable,
  toolErrorCodes,
} from '../../adapters/errors.ts';
import { capabilityNames } from './answers.ts';

const nameToCode = {
  ToolUnavailable: 'unavailable',
  ToolRefused: 'refused',
  ToolUnable: 'unable',
  AccountExists: 'account-exists',
  PasswordRefused: 'password-refused',
} as const;

const details = {
  message: z.string(),
  remedy: z.string().catch(''),
  capability: z.enum(capabilityNames).optional().catch(undefined),
};
const byCode = z.object({ code: z.enum(toolErrorCodes), ...details });
const byName = z
  .object({
    name: z.enum(['ToolUnavailable', 'ToolRefused', 'ToolUnable', 'AccountExists', 'PasswordRefused']),
    ...details,
  })
  .transform(({ name, ...rest }) => ({ code: nameToCode[name], ...rest }));
const knownSchema = z.union([byCode, byName]);

/** What sockets, DNS, fetch and axios say when nobody answers. */
const networkCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_NETWORK',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
] as const;
const networkSchema = z.union([
  z.object({ code: z.enum(networkCodes) }),
  z.object({ name: z.enum(['AbortError', 'TimeoutError']) }),
]);

export interface ErrorContext {
  /** As in TOOL_ADAPTER. */
  adapter: string;
  method: string;
  /** What must never be seen in a message. */
  secrets: readonly string[];
}

/** The error of ours that this is. Nothing else of what was thrown is kept: HTTP clients' errors carry the token. */
export function adapterError(thrown: unknown, context: ErrorContext): ToolError {
  const hide = (text: string): string => withoutSecrets(text, context.secrets);
  const known = knownSchema.safeParse(thrown);
  if (known.success) {
    const { code, message, remedy, capability } = known.data;
    return makeError(code, hide(message), hide(remedy), capability, context);
  }
  const message = hide(messageOf(thrown));
  if (networkSchema.safeParse(thrown).success) return new ToolUnavailable(`The tool does not answer: ${message}.`);
  return faultOf(context, message, thrown instanceof Error ? hide(thrown.stack ?? '') : '');
}

/** A fault of the adapter: a bug report in one line. */
export function faultOf(context: ErrorContext, what: string, stack = ''): ToolError {
  const error = new ToolError('fault', `The adapter ${context.adapter} failed in ${context.method}: ${what}.`, {
    remedy: 'Report this to the authors of the adapter, with the versions of the plugin and of the tool.',
  });
  if (stack !== '') error.stack = stack;
  return error;
}

function makeError(
  code: z.infer<typeof byCode>['code'],
  message: string,
  remedy: string,
  capability: ToolError['capability'],
  context: ErrorContext,
): ToolError {
  switch (code) {
    case 'unavailable':
      return new ToolUnavailable(message, { remedy });
    case 'refused':
      return new ToolRefused(message, remedy);
    case 'unable':
      return capability ? new ToolUnable(capability, message, remedy) : new ToolRefused(message, remedy);
    case 'account-exists':
      return new AccountExists(message, remedy);
    case 'password-refused':
      return new PasswordRefused(message);
    case 'fault':
      return faultOf(context, message);
  }
}

const SHORTEST_SECRET = 6;

/** The text with every secret, as it is or percent-encoded, replaced. Very short ones would tear words apart. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    clean = clean.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***');
  }
  return clean;
}

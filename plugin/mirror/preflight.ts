/** Looks at the connection before relying on it: what is missing is one clear error, with what to do. */
import { ToolRefused, ToolUnavailable } from '../../adapters/errors.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { OpenTrainRefused, OpenTrainUnavailable } from '../platform/errors.ts';
import type { Install } from '../platform/types.ts';
import { manifest } from '../settings/manifest.ts';
import { certificateRemedy } from '../text/certificate.ts';
import { readPartnerToken } from './token.ts';

/** Scopes that we need and do not hold, each with why, in words. */
export function missingScopes(install: Pick<Install, 'scopes'>): string[] {
  const held = new Set(install.scopes);
  const implied = held.has('project-links:write') ? 'project-links:read' : null;
  return manifest.scopes
    .filter(({ scope, required }) => required && !held.has(scope) && scope !== implied)
    .map(({ scope, why }) => `${scope} (${why})`);
}

/**
 * The install behind the token, with everything that the plugin needs. Throws {@link AdminError}: no token, a refused one, a
 * scope missing, consent not given, OpenTrain not reachable.
 */
export async function checkOpenTrain(context: PluginContext): Promise<Install> {
  await readPartnerToken(context);
  let install: Install;
  try {
    install = await context.openTrain.currentInstall();
  } catch (error) {
    throw openTrainError(context, error);
  }
  insistOnRights(install);
  return install;
}

/** Throws {@link AdminError} when a scope that we need, or the consent to share Work Emails, was not given. */
export function insistOnRights(install: Install): void {
  const missing = missingScopes(install);
  if (missing.length > 0) {
    throw new AdminError(
      `OpenTrain's token lacks ${missing.length === 1 ? 'a scope' : 'scopes'} that the plugin needs: ${missing.join('; ')}.`,
      'Add them to the platform app on OpenTrain (Settings → Developer), then connect again: scope changes reach an install only by a new approval. Paste the new token.',
    );
  }
  if (!install.piiConsent) {
    throw new AdminError(
      'The consent to share Work Emails was not given on OpenTrain, so no trainer can be invited.',
      "Connect again on OpenTrain and tick the consent for trainers' Work Emails, then paste the new token.",
    );
  }
}

/** A call to OpenTrain that failed, as an error for people. */
export function openTrainError(context: Pick<PluginContext, 'settings'>, error: unknown): Error {
  const at = context.settings.openTrain.baseUrl;
  if (error instanceof OpenTrainUnavailable) {
    return new AdminError(
      `OpenTrain cannot be reached at ${at}: ${error.message}.`,
      certificateRemedy(error.message) ?? 'Check OPENTRAIN_BASE_URL and that this machine may connect to it.',
      { cause: error },
    );
  }
  if (!(error instanceof OpenTrainRefused)) return error instanceof Error ? error : new Error(messageOf(error));
  if (error.status === 401) {
    return new AdminError(
      `OpenTrain does not accept the token: ${error.message}.`,
      'Copy the token once more from the consent screen (it is shown there only once; connecting again makes a new one) and set OPENTRAIN_PARTNER_TOKEN.',
      { cause: error },
    );
  }
  if (error.status === 403) {
    return new AdminError(
      `${error.message}.`,
      'The install, the platform app or the employer account may be inactive, or the scope is missing: check them on OpenTrain and connect again.',
      { cause: error },
    );
  }
  return new AdminError(
    `${error.message}.`,
    `Check OPENTRAIN_BASE_URL (${at}), or quote the request id to OpenTrain's support.`,
    {
      cause: error,
    },
  );
}

/** Asks the tool who it is. Throws {@link AdminError} when it is not there or refuses us. */
export async function checkTool(context: PluginContext): Promise<void> {
  try {
    await context.describeTool();
  } catch (error) {
    throw toolError(context, error);
  }
}

/** A call to the tool that failed, as an error for people. */
export function toolError(context: Pick<PluginContext, 'settings'>, error: unknown): Error {
  if (error instanceof ToolUnavailable) {
    return new AdminError(
      `The annotation tool cannot be reached at ${context.settings.tool.baseUrl}: ${error.message}.`,
      certificateRemedy(error.message) ?? 'Check TOOL_BASE_URL, and that the tool runs.',
      { cause: error },
    );
  }
  if (error instanceof ToolRefused) {
    return new AdminError(`The annotation tool refused us: ${error.message}.`, error.remedy, { cause: error });
  }
  return error instanceof Error ? error : new Error(messageOf(error));
}

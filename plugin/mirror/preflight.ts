/** Looks at the connection before relying on it: what is missing is one clear error, with what to do. */
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { forPeople } from '../errors-for-people.ts';
import { AnswerUnreadable } from '../platform/errors.ts';
import type { Install } from '../platform/types.ts';
import { manifest } from '../settings/manifest.ts';
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
  let install: Install | null;
  try {
    install = await context.openTrain.currentInstall();
  } catch (error) {
    throw forPeople(context.settings, error);
  }
  if (!install) throw new AnswerUnreadable('GET /installs/current');
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

/** Asks the tool who it is. Throws {@link AdminError} when it is not there or refuses us. */
export async function checkTool(context: PluginContext): Promise<void> {
  try {
    await context.describeTool();
  } catch (error) {
    throw forPeople(context.settings, error);
  }
}

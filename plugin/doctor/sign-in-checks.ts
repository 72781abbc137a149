/** The part of `doctor` that is about signing in to the console with OpenID Connect. */
import type { Check } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { IdentityProvider } from '../oidc/provider.ts';
import { failure, ok } from './check.ts';

/** Whether the provider can be used; nothing without OIDC_ISSUER. */
export async function signInChecks({ settings, clock }: PluginContext): Promise<Check[]> {
  if (!settings.oidc) return [];
  const [id, title] = ['sign-in', 'Sign-in to the console'];
  try {
    const provider = new IdentityProvider(settings.oidc, settings.plugin.publicUrl, clock);
    const { redirectUri } = await provider.check();
    return [ok(id, title, `${provider.name} can be used; it must know the redirect address ${redirectUri}.`)];
  } catch (error) {
    return [failure(id, title, messageOf(error), error instanceof AdminError ? error.remedy : 'Check OIDC_ISSUER.')];
  }
}

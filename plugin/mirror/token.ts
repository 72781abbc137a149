/** OpenTrain's token: from the environment, or pasted once and kept encrypted. */
import type { Clock } from '../clock.ts';
import { AdminError } from '../errors.ts';
import type { Keys } from '../keys.ts';
import { Disconnected } from '../platform/errors.ts';
import type { Settings } from '../settings/settings.ts';
import type { Database } from '../store/database.ts';
import { readSecret, saveSecret } from '../store/secrets.ts';
import { currentInstall, tokenFingerprint } from './installs.ts';

/** The name of the pasted token among the secrets of the store. */
export const PARTNER_TOKEN = 'partner token';

interface TokenParts {
  settings: Settings;
  database: Database;
  keys: Keys;
}

/** The token to use. Throws {@link AdminError} when there is none. */
export async function readPartnerToken({ settings, database, keys }: TokenParts): Promise<string> {
  const token = settings.openTrain.partnerToken ?? (await readSecret(database, keys, PARTNER_TOKEN));
  if (token) return token;
  throw new AdminError(
    'There is no OpenTrain token.',
    'Approve the connection on OpenTrain, copy the token that its consent screen shows once, and paste it with `opentrain-plugin setup` or set OPENTRAIN_PARTNER_TOKEN.',
  );
}

/** The token of a connection that stands. Throws {@link AdminError} once OpenTrain told us that it was revoked. */
export async function liveToken(parts: TokenParts): Promise<string> {
  const token = await readPartnerToken(parts);
  const install = await currentInstall(parts.database);
  if (install?.status === 'disconnected' && install.token_fingerprint === tokenFingerprint(token)) {
    throw new Disconnected(install.disconnected_reason ?? 'revoked on OpenTrain');
  }
  return token;
}

/** Keeps a pasted token, encrypted. */
export async function savePartnerToken(parts: TokenParts & { clock: Clock }, token: string): Promise<void> {
  await saveSecret(parts.database, parts.keys, PARTNER_TOKEN, token, parts.clock.now());
}

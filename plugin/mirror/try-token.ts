/** Asks OpenTrain whose a token is, whatever we know of the connection. */
import { recordAudit } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import { OpenTrainClient } from '../platform/client.ts';
import { OpenTrainRefused } from '../platform/errors.ts';
import type { Install } from '../platform/types.ts';
import { markDue } from '../queue/items.ts';
import { manifest } from '../settings/manifest.ts';
import { currentInstall, saveInstall } from './installs.ts';
import { readPartnerToken } from './token.ts';

/** The install of a token; null when OpenTrain's answer cannot be read. Throws OpenTrainRefused when the token is none, and what the client throws. */
export async function installOfToken(context: PluginContext, token: string): Promise<Install | null> {
  const client = new OpenTrainClient({
    baseUrl: context.settings.openTrain.baseUrl,
    token: async () => token,
    log: context.log,
    clock: context.clock,
    proxies: context.settings.proxies,
    userAgent: `opentrain-plugin/${manifest.version}`,
  });
  return client.currentInstall();
}

/**
 * After an `install.revoked` for the install in use: tries the token once. A reconnect revokes the old grant too, and its event may come
 * after the new token was pasted, or be dated after that by a clock that runs ahead; then the token still stands, and so does the
 * connection. Throws OpenTrainUnavailable.
 */
export async function tryTokenOnce(context: PluginContext, cause: string): Promise<void> {
  const { database, clock } = context;
  if ((await currentInstall(database))?.status !== 'disconnected') return;
  const token = await readPartnerToken(context);
  const install = await installOfToken(context, token).catch((error: unknown) => {
    if (error instanceof OpenTrainRefused) return null;
    throw error;
  });
  if (install?.status !== 'ACTIVE') return;
  const now = clock.now();
  await database.transaction(async (transaction) => {
    await saveInstall(transaction, install, token, now);
    const detail = 'OpenTrain accepts the token: what was revoked is the grant before it.';
    await recordAudit(transaction, { at: now, cause, action: 'connect', detail });
    for (const [kind, key] of [
      ['endpoint', 'check'],
      ['reconcile', 'all'],
    ] as const) {
      await markDue(transaction, { kind, key, detail: { cause } }, now);
    }
  });
}

/** Takes a pasted token: asks OpenTrain whose it is, and only then keeps it, encrypted. It is never logged. */

import type { PluginContext } from '../../context.ts';
import { AdminError } from '../../errors.ts';
import { saveInstall } from '../../mirror/installs.ts';
import { savePartnerToken } from '../../mirror/token.ts';
import { installOfToken } from '../../mirror/try-token.ts';
import { AnswerUnreadable, OpenTrainRefused } from '../../platform/errors.ts';
import type { Install } from '../../platform/types.ts';
import { markDue } from '../../queue/items.ts';
import { endOutage } from '../../queue/outages.ts';

const LONGEST_TOKEN = 500;

/**
 * Checks the token with OpenTrain (`GET /installs/current`) and stores it with its install. `expectedInstall` is the one that was
 * just approved, or empty. Throws {@link AdminError} when it is no token, is refused, is of another install, or is not active.
 * While OPENTRAIN_PARTNER_TOKEN is set, which wins, no token is taken.
 */
export async function storeToken(context: PluginContext, pasted: string, expectedInstall: string): Promise<void> {
  if (context.settings.openTrain.partnerToken) {
    throw new AdminError(
      'OPENTRAIN_PARTNER_TOKEN is set where the plugin is started, and wins over a token that is pasted here; nothing was changed.',
      'Set it to the new token, or take it away, start the plugin again and paste the token here.',
    );
  }
  const token = pasted.trim();
  if (!/^[\x21-\x7e]+$/.test(token) || token.length > LONGEST_TOKEN) {
    throw new AdminError(
      'This is not a token of OpenTrain.',
      'Copy it once more from the consent screen: it is one word that starts with ot_ptk_.',
    );
  }
  const install = await installOf(context, token);
  if (install.status !== 'ACTIVE') {
    throw new AdminError(`The install of this token is ${install.status}.`, 'Connect again on OpenTrain.');
  }
  if (expectedInstall !== '' && install.id !== expectedInstall) {
    throw new AdminError(
      `This token belongs to install ${install.id}, but you approved ${expectedInstall}.`,
      'Paste the token that the consent screen showed last.',
    );
  }
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await savePartnerToken({ ...context, database: transaction }, token);
    await saveInstall(transaction, install, token, now);
    await endOutage(transaction, 'opentrain');
    const detail = { cause: 'a new token' };
    await markDue(transaction, { kind: 'endpoint', key: 'check', detail }, now);
    await markDue(transaction, { kind: 'reconcile', key: 'all', detail }, now);
  });
  context.log.info({ install: install.id }, 'a token was pasted in the console');
}

async function installOf(context: PluginContext, token: string): Promise<Install> {
  try {
    const install = await installOfToken(context, token);
    if (install) return install;
    throw new AnswerUnreadable('GET /installs/current');
  } catch (error) {
    if (!(error instanceof OpenTrainRefused) || error.status !== 401) throw error;
    throw new AdminError(
      'OpenTrain does not accept this token; nothing was changed.',
      'Copy it once more from the consent screen. It is shown there only once: if it is gone, connect again.',
      { cause: error },
    );
  }
}

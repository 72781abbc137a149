/** Taking somebody's access away, and looking whether it is gone. */

import { databaseRemedy, isDatabaseFailure } from '../database-outage.ts';
import { ToolRefused } from '../errors.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import { type Reach, type Removal, type ToolAccount, WHOLE_TOOL } from '../tool.ts';
import { closeAccount } from './account-changes.ts';
import { deleteMembership, resetInviteToken } from './api-calls.ts';
import type { ApiClient } from './api-client.ts';
import { closingRemedy } from './database-rights.ts';
import { reachesAfterApiRemoval } from './reach.ts';
import { workLeftOpen } from './versions.ts';

export interface RemovalContext {
  api: ApiClient;
  organizationId: number;
  /** Given when the account may be closed there. */
  closingDatabase: () => Promise<ToolDatabase | undefined>;
  databaseUrl: string | undefined;
  /** Label Studio's own: older ones leave more open. */
  version: string;
  /** The account as it is at this moment, as far as can be told; null when there is none. */
  look: () => Promise<ToolAccount | null>;
}

/**
 * Closes the account, makes the invite link that the person may know worthless, ends the membership, then looks again. In this
 * order a removal that was interrupted is whole after the next try, because a live membership says that it is not done. While the
 * database is away the membership ends all the same, and the account being open is returned as what remains.
 */
export async function removeMember(removal: Removal, context: RemovalContext): Promise<Reach[]> {
  const before = await context.look();
  // Somebody who never signed up has nothing to lose, and knows no invite link.
  if (before === null) return [];
  if (before.privileged) {
    throw new ToolRefused(
      `${removal.email} is the owner or an administrator of Label Studio and is not removed by the plugin.`,
      'Remove the account’s rights in Label Studio first, or leave it.',
    );
  }
  let remedy = closingRemedy(context.databaseUrl);
  if (removal.closeAccount && before.closed !== true) {
    await closeInDatabase(removal.toolUserId, context).catch((error: unknown) => {
      if (!isDatabaseFailure(error)) throw error;
      remedy = databaseRemedy(error);
    });
  }
  const endsMembership = removal.closeAccount || removal.places.includes(WHOLE_TOOL);
  // A removal that was made before is not made again: the link is an admin's too.
  if (endsMembership && (before.places.length > 0 || before.closed === false)) await resetInviteToken(context.api);
  if (endsMembership && before.places.length > 0) {
    await deleteMembership(context.api, context.organizationId, removal.toolUserId);
    // Somebody who could read the link between the two knows an old one now.
    await resetInviteToken(context.api);
  }
  return remaining(await context.look(), removal, endsMembership, { remedy, version: context.version });
}

async function closeInDatabase(toolUserId: string, context: RemovalContext): Promise<void> {
  const database = await context.closingDatabase();
  if (database) await closeAccount(database, toolUserId);
}

function remaining(
  after: ToolAccount | null,
  removal: Removal,
  endsMembership: boolean,
  { remedy, version }: { remedy: string; version: string },
): Reach[] {
  if (after === null) return [];
  const reaches: Reach[] = [];
  if (endsMembership && after.places.length > 0) {
    reaches.push({
      what: 'every project: still a member of the organization',
      remedy: 'TOOL_API_TOKEN must be the organization owner’s; then reconcile.',
    });
  }
  if (removal.closeAccount && after.closed !== true) {
    reaches.push(...[...workLeftOpen(version), ...reachesAfterApiRemoval].map((what) => ({ what, remedy })));
  }
  return reaches;
}

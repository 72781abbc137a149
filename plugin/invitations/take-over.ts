/**
 * The Work Email has an account in the tool that is nobody's by our record: somebody else may have made it, and hold keys to it. Who
 * comes through the mailed link has proved the Work Email, so the account becomes theirs once every older key is dead.
 */

import { finishInvitation } from '../access/invitation-rows.ts';
import type { Entry } from '../access/journal.ts';
import { isShut } from '../access/plan.ts';
import { recordFact } from '../access/record.ts';
import type { PluginContext } from '../context.ts';
import { findTrainer, trainersByAccount } from '../mirror/trainers.ts';
import { markDue } from '../queue/items.ts';
import { type FoundInvitation, openPlaces } from './invitation-state.ts';

/** So long after what cannot be ended has lapsed, the keys are ended again: clocks differ. */
const MARGIN_MS = 10_000;

/**
 * Makes the account theirs: a new password (which ends sessions), all tokens ended, access given. Returns the name that they sign in
 * with; null when there is no such account, or the tool cannot do it: nothing was changed then. Throws what the adapter throws.
 */
export async function takeOver(
  context: PluginContext,
  { row, situation }: FoundInvitation,
  entry: Entry,
  { workEmail, password }: { workEmail: string; password: string },
): Promise<string | null> {
  const { tool, database, clock } = context;
  const { capabilities } = await context.describeTool();
  const [account] = await tool.findAccounts([{ toolUserId: null, email: workEmail }]);
  const places = openPlaces(row, situation);
  if (!account || account.privileged || !capabilities.endKeys || !capabilities.setPassword) return null;
  if (isShut(account, places) && !capabilities.restore) return null;
  const { toolUserId } = account;
  if ((await trainersByAccount(database, [toolUserId])).size > 0) return null;
  await tool.setPassword({ toolUserId, password });
  const { openForSeconds } = await tool.endKeys({ toolUserId });
  await tool.grant({ toolUserId, email: workEmail, places });
  await recordFact(context, situation, entry, {
    also: async (transaction) => {
      const now = clock.now();
      await finishInvitation(transaction, row.id, now);
      if (openForSeconds === 0) return;
      const dueAt = new Date(now.getTime() + openForSeconds * 1000 + MARGIN_MS);
      await markDue(transaction, { kind: 'end-keys', key: situation.trainerId, dueAt }, now);
    },
    outcome: () => ({
      action: 'prove-account',
      places,
      state: 'active',
      owned: true,
      adopted: true,
      toolUserId,
      detail: `the trainer proved the Work Email: account ${toolUserId} is theirs, and every older key to it was ended`,
    }),
  });
  return account.signInName ?? workEmail;
}

/** Ends what was made with a key that could not be ended at first and has lapsed now. Throws what the adapter throws. */
export async function endKeysAgain(context: PluginContext, trainerId: string): Promise<void> {
  const trainer = await findTrainer(context.database, trainerId);
  if (trainer?.tool_user_id) await context.tool.endKeys({ toolUserId: trainer.tool_user_id });
}

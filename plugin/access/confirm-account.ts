/** An admin confirms that an account which was in the tool before the plugin belongs to a trainer. */
import type { ToolAccount } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { findTrainer, setToolUserId, type TrainerRow, trainersByAccount } from '../mirror/trainers.ts';
import { convergeTrainers } from './converge.ts';
import { firstStart } from './first-start.ts';
import { lockTrainer, note } from './journal.ts';

/**
 * Records that the account under this trainer's Work Email is theirs, and gives them what their contracts say. Returns the
 * account. Throws {@link AdminError} when there is no such account, it belongs to another, or it was made after the first start:
 * then only the trainer can prove it. Throws what the adapter throws.
 */
export async function confirmAccount(context: PluginContext, trainerId: string, cause: string): Promise<ToolAccount> {
  const { database, clock } = context;
  const trainer = await findTrainer(database, trainerId);
  if (!trainer) throw new AdminError(`There is no trainer ${trainerId}.`, '`opentrain-plugin status` lists them.');
  const account = await confirmable(context, trainer);
  await database.transaction(async (transaction) => {
    await lockTrainer(transaction, trainer.id);
    await setToolUserId(transaction, trainer.id, account.toolUserId);
    const detail = `an admin confirmed that account ${account.toolUserId} of the tool is theirs`;
    const entry = { at: clock.now(), cause, action: 'confirm-account', trainerId: trainer.id, detail };
    await note(transaction, { ...entry, workEmail: trainer.work_email });
  });
  await convergeTrainers(context, [trainer.id], cause, { look: true });
  return account;
}

async function confirmable(context: PluginContext, trainer: TrainerRow): Promise<ToolAccount> {
  const email = trainer.work_email;
  const [account] = email === null ? [] : await context.tool.findAccounts([{ toolUserId: null, email }]);
  if (!account) {
    const what =
      email === null ? 'The Work Email of this trainer is not known.' : `The tool shows no account of ${email}.`;
    throw new AdminError(what, 'There is nothing to confirm: the trainer is invited by mail.');
  }
  if (account.privileged) {
    throw new AdminError(`The account of ${email} administers the tool.`, 'Take its rights away in the tool first.');
  }
  const owner = (await trainersByAccount(context.database, [account.toolUserId])).get(account.toolUserId);
  if (owner !== undefined && owner !== trainer.id) {
    throw new AdminError(
      `The account of ${email} is recorded as trainer ${owner}’s.`,
      'One account belongs to one trainer.',
    );
  }
  await insistOnOld(context, account, email ?? '');
  return account;
}

async function insistOnOld(context: PluginContext, { toolUserId }: ToolAccount, email: string): Promise<void> {
  const since = await firstStart(context);
  const joined = (await context.tool.listJoined?.(since)) ?? null;
  if (joined?.every((account) => account.toolUserId !== toolUserId)) return;
  const remedy = 'Let the trainer accept the invitation from the mail: that proves it, and ends every older key.';
  throw new AdminError(
    joined === null
      ? 'The tool does not tell when an account was made.'
      : `The account of ${email} was made after the plugin’s first start on ${since.toISOString().slice(0, 10)}.`,
    remedy,
  );
}

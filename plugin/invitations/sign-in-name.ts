/** The name that a trainer signs in with, which is not the Work Email where somebody else had taken that in the tool. */
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';

/** The sign-in name of this trainer's account; the Work Email where there is no account yet, or the tool does not tell. */
export async function signInNameOf(
  context: PluginContext,
  trainer: { toolUserId: string | null; workEmail: string },
): Promise<string> {
  const { toolUserId, workEmail } = trainer;
  if (toolUserId === null) return workEmail;
  try {
    const found = await context.tool.findAccounts([{ toolUserId, email: workEmail }]);
    return found.find((account) => account.toolUserId === toolUserId)?.signInName ?? workEmail;
  } catch (error) {
    context.log.warn({ error: messageOf(error) }, 'the tool does not tell a sign-in name: the Work Email is shown');
    return workEmail;
  }
}

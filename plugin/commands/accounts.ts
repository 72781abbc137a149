/** `accounts`: accounts in the tool that nobody knows; `confirm-account`: an account that was there before is a trainer's. */
import type { Command } from 'commander';
import { confirmAccount } from '../access/confirm-account.ts';
import { closeNewAccount, confirmColleague, lookForNewAccounts, type NewAccountRow } from '../access/new-accounts.ts';
import type { PluginContext } from '../context.ts';
import { table } from '../text/table.ts';
import { type CommandResult, pluginAction } from './run-command.ts';

export function registerAccounts(program: Command): void {
  pluginAction(
    program
      .command('accounts')
      .option('--close <id>', 'close this account and end every key to it')
      .option('--confirm <id>', 'this account is a colleague’s: list it no more')
      .description('List accounts that joined the tool since the first start and that no contract explains.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin accounts --close 17'),
    (context, { close, confirm }) => {
      if (typeof close === 'string') return closeOne(context, close);
      return typeof confirm === 'string' ? confirmOne(context, confirm) : list(context);
    },
  );
  pluginAction(
    program
      .command('confirm-account')
      .argument('<trainer>', 'the id of a trainer (see `status`)')
      .description(
        'Confirm that the account under a trainer’s Work Email, made before the plugin’s first start, is theirs.',
      )
      .addHelpText('after', '\nExample:\n  opentrain-plugin confirm-account usr_81c2'),
    async (context, _options, [trainer = '']) => {
      const { toolUserId, email } = await confirmAccount(context, trainer, 'command confirm-account');
      const text = `Account ${toolUserId} (${email}) is recorded as trainer ${trainer}’s.`;
      return { text, json: { trainer, toolUserId } };
    },
  );
}

async function list(context: PluginContext): Promise<CommandResult> {
  const found = await lookForNewAccounts(context);
  if (found === null) {
    const text = 'The tool does not tell when accounts were made. Set TOOL_DATABASE_URL.';
    return { text, json: null, exitCode: 1 };
  }
  const rows = found.map((row) => [row.tool_user_id, row.name, new Date(row.joined_at).toISOString(), suspects(row)]);
  const text =
    rows.length > 0
      ? table(['Account', 'Name', 'Made', 'Trainers who could have made it'], rows)
      : 'Every account that joined since the first start is known.';
  return { text, json: found };
}

function suspects(row: NewAccountRow): string {
  return row.suspects === '' ? 'none' : row.suspects;
}

async function closeOne(context: PluginContext, id: string): Promise<CommandResult> {
  const reaches = await closeNewAccount(context, id, 'command accounts');
  if (reaches.length === 0) return { text: `Account ${id} is closed.`, json: { closed: id, reaches } };
  const left = reaches.map(({ what, remedy }) => `  can still ${what}: ${remedy}`);
  return { text: [`Account ${id} is closed only partly:`, ...left].join('\n'), json: { id, reaches }, exitCode: 1 };
}

async function confirmOne(context: PluginContext, id: string): Promise<CommandResult> {
  await confirmColleague(context, id, 'command accounts');
  return { text: `Account ${id} is known as a colleague’s.`, json: { confirmed: id } };
}

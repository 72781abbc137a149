/** `revoke-all`: takes everybody out who has access through the plugin. It asks first, and reports each person. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { accessRows } from '../access/access-rows.ts';
import { type PersonResult, type RevokeAllResult, revokeAll } from '../access/admin.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { table } from '../text/table.ts';
import { type CommandResult, pluginAction } from './run-command.ts';

const WORD = 'revoke';

/** Everybody out, and what became of each. The exit code is 1 when somebody still reaches something. */
export async function reportRevokeAll(context: PluginContext, cause: string): Promise<CommandResult> {
  const result = await revokeAll(context, cause);
  const left = result.people.filter(({ after }) => after !== null && after !== 'revoked');
  return { text: text(result, left), json: result, exitCode: left.length > 0 || result.problem ? 1 : 0 };
}

function text({ people, problem }: RevokeAllResult, left: readonly PersonResult[]): string {
  if (people.length === 0) return 'Nobody has access through the plugin.';
  const rows = people.map(({ displayName, workEmail, trainerId, before, after, reason }) => [
    [displayName, workEmail ? `<${workEmail}>` : trainerId].filter(Boolean).join(' '),
    before,
    after ?? 'nothing to take away',
    reason ?? '',
  ]);
  const remedies = [...new Set(left.map(({ remedy }) => remedy).filter((remedy) => remedy !== null))];
  return [
    table(['Who', 'Was', 'Is', 'Reason'], rows),
    `${people.length - left.length} of ${people.length} have no access any more.`,
    ...(problem ? [`Not everything could be done: ${problem}. Run it again: what is done stays done.`] : []),
    ...(remedies.length > 0 ? [`What helps:\n${remedies.join('\n')}`] : []),
    'They stay out until a new contract starts, or until `opentrain-plugin reconcile --restore-revoked`.',
  ].join('\n\n');
}

async function confirm(context: PluginContext): Promise<void> {
  const people = new Set(
    (await accessRows(context.database)).filter(({ state }) => state !== 'revoked').map((row) => row.trainer_id),
  );
  if (!process.stdin.isTTY) {
    throw new AdminError('revoke-all takes access from everybody, so it asks first.', 'Without a terminal, add --yes.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = `This takes access from ${people.size} trainers at once. Type "${WORD}" to go on: `;
    if ((await terminal.question(question)).trim() === WORD) return;
  } finally {
    terminal.close();
  }
  throw new AdminError('Nothing was changed.', `Type "${WORD}" to go on.`);
}

export function registerRevokeAll(program: Command): void {
  pluginAction(
    program
      .command('revoke-all')
      .option('--yes', 'do not ask')
      .description('Take access from every trainer who has it through the plugin, whatever their contracts say.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin revoke-all'),
    async (context, options) => {
      if (options.yes !== true) await confirm(context);
      return reportRevokeAll(context, 'command revoke-all');
    },
  );
}

/** `sync`: reports usage now; `--dry-run` only shows what differs. */
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { syncContracts } from '../usage/sync.ts';
import { pluginAction } from './run-command.ts';

export function registerSync(program: Command): void {
  pluginAction(
    program
      .command('sync')
      .option('--dry-run', 'show what was sent before, what it is now, and the difference; send nothing')
      .option('--contract <id>', 'only this contract')
      .option('--since <day>', 'only days from this one on (YYYY-MM-DD)')
      .description('Report usage to OpenTrain now: only what differs from what it last accepted.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin sync --dry-run --since 2026-01-01'),
    (context, options) => runSync(context, options),
  );
}

async function runSync(context: PluginContext, options: Record<string, unknown>) {
  const bar = process.stderr.isTTY ? new cliProgress.SingleBar({ stream: process.stderr }) : null;
  const result = await syncContracts(context, {
    cause: 'command sync',
    dryRun: options.dryRun === true,
    ...(typeof options.contract === 'string' ? { contractIds: [options.contract] } : {}),
    ...(typeof options.since === 'string' ? { since: options.since } : {}),
    progress: (done, total) => (done <= 1 ? bar?.start(total, done) : bar?.update(done)),
  });
  bar?.stop();
  const unfinished = result.unfinished.map(({ contractId, error }) => ({ contractId, error: messageOf(error) }));
  const lines = [
    `${result.calls} calls, ${result.acceptedDays} days accepted.`,
    ...unfinished.map(({ contractId, error }) => `${contractId} must be tried again: ${error}`),
  ];
  return { text: lines.join('\n'), json: { ...result, unfinished }, exitCode: unfinished.length > 0 ? 1 : 0 };
}

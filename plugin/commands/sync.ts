/** `sync`: reports usage now; `--dry-run` only shows what differs. */
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { acceptDatabase } from '../access/tool-database.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { createFormat, type Format } from '../text/format.ts';
import { table } from '../text/table.ts';
import { isDay } from '../usage/days.ts';
import { decideHeld } from '../usage/decide-held.ts';
import { type SyncOptions, type SyncResult, syncContracts } from '../usage/sync.ts';
import { differenceColumns, differenceRows, type ShownNames, syncSummary } from '../usage/sync-rows.ts';
import { type CommandResult, pluginAction } from './run-command.ts';

export function registerSync(program: Command): void {
  pluginAction(
    program
      .command('sync')
      .option('--dry-run', 'show what was sent before, what it is now, and the difference; send nothing')
      .option('--contract <id>', 'only this contract')
      .option(
        '--accept',
        'also send what takes away so much that it was held: of all contracts that are held, or of --contract',
      )
      .option(
        '--drop',
        'leave what OpenTrain accepted, until the count changes again: of all that is held, or of --contract',
      )
      .option(
        '--accept-database',
        'confirm that the tool’s database, which is another one than before, is the right one',
      )
      .option('--since <day>', 'only days from this one on (YYYY-MM-DD)')
      .description('Report usage to OpenTrain now: only what differs from what it last accepted.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin sync --dry-run --since 2026-01-01'),
    (context, options) => {
      if (options.acceptDatabase === true) return runAcceptDatabase(context);
      return options.drop === true ? runDrop(context, options.contract) : runSync(context, options);
    },
  );
}

/** Syncs as asked; exit code 1 when something could not be sent. Throws {@link AdminError} for a day that is none. */
export async function runSync(context: PluginContext, options: Record<string, unknown>): Promise<CommandResult> {
  const bar = process.stderr.isTTY
    ? new cliProgress.SingleBar({ stream: process.stderr, clearOnComplete: true })
    : null;
  let result: SyncResult;
  try {
    result = await syncContracts(context, {
      ...syncOptions(options),
      progress: (done, total) => (bar?.isActive ? bar.update(done) : bar?.start(total, done)),
    });
  } finally {
    bar?.stop();
  }
  const unfinished = result.unfinished.map(({ contractId, error }) => ({ contractId, error: messageOf(error) }));
  const isClean = unfinished.length + result.problems.length + result.refused.length === 0;
  const format = createFormat(context.settings.usage.timezone, () => context.clock.now());
  return { text: textOf(result, format), json: { ...result, unfinished }, exitCode: isClean ? 0 : 1 };
}

async function runAcceptDatabase(context: PluginContext): Promise<CommandResult> {
  const { found } = await acceptDatabase(context, 'command sync');
  const text = `The tool’s database is the right one from now on (${found}). Everything is counted anew while \`start\` runs; what that would take away is held.`;
  return { text, json: { accepted: found } };
}

async function runDrop(context: PluginContext, contract: unknown): Promise<CommandResult> {
  const only = typeof contract === 'string' ? { contractIds: [contract] } : {};
  const decided = await decideHeld(context, 'dropped', { ...only, cause: 'command sync' });
  const { count } = createFormat(context.settings.usage.timezone, () => context.clock.now());
  const text = `${count(decided.days, 'held day')} of ${count(decided.contracts, 'contract')} stay as OpenTrain accepted them, until their count changes again.`;
  return { text, json: { dropped: decided } };
}

function syncOptions(options: Record<string, unknown>): SyncOptions {
  const { contract, since, dryRun, accept } = options;
  if (typeof since === 'string' && !isDay(since)) {
    throw new AdminError(`“${since}” is not a day.`, 'Write it as YYYY-MM-DD, for example --since 2026-01-01.');
  }
  return {
    cause: 'command sync',
    dryRun: dryRun === true,
    acceptLosses: accept === true && (typeof contract === 'string' || 'held'),
    ...(typeof contract === 'string' ? { contractIds: [contract] } : {}),
    ...(typeof since === 'string' ? { since } : {}),
  };
}

/** The terminal shows ids: other commands take them. */
const ids: ShownNames = { contract: (id) => id, trainer: (id) => id };

function textOf(result: SyncResult, format: Format): string {
  const lines = [syncSummary(result, format)];
  if (result.dryRun && result.changes.length > 0) {
    lines.push('', table(differenceColumns, differenceRows(result.changes, format, ids)), '');
  }
  for (const { contractId, day, message } of result.refused)
    lines.push(`${contractId}, ${day} was refused: ${message}`);
  for (const { contractId, problem } of result.problems) lines.push(`${contractId}: ${problem}`);
  for (const { contractId, error } of result.unfinished) {
    lines.push(`${contractId} could not be sent and must be tried again: ${messageOf(error)}`);
  }
  return lines.join('\n');
}

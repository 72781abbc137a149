/** `report`: the nightly report of a day, now. */
import type { Command } from 'commander';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { nightlyReport } from '../report/report.ts';
import { reportCsv } from '../report/report-csv.ts';
import { reportText } from '../report/report-text.ts';
import { urgent } from '../status/problems.ts';
import { readStatus } from '../status/status.ts';
import { createFormat } from '../text/format.ts';
import { addDays, dayOf, isDay } from '../usage/days.ts';
import { type CommandResult, pluginAction } from './run-command.ts';

export function registerReport(program: Command): void {
  pluginAction(
    program
      .command('report')
      .option('--day <day>', 'the day to report (YYYY-MM-DD); yesterday when absent')
      .option('--csv', 'one line a project and trainer, for spreadsheets')
      .description('What each trainer labelled on a day, what OpenTrain has of it, and what needs your eye.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin report --day 2026-01-31 --csv > labels.csv'),
    (context, options) => runReport(context, options),
  );
}

/** The report as text or CSV, and as data. Throws {@link AdminError} for a day that is none. */
export async function runReport(context: PluginContext, options: Record<string, unknown>): Promise<CommandResult> {
  const { timezone } = context.settings.usage;
  const day = options.day ?? addDays(dayOf(context.clock.now(), timezone), -1);
  if (typeof day !== 'string' || !isDay(day)) {
    throw new AdminError(`“${String(day)}” is not a day.`, 'Write it as YYYY-MM-DD, for example --day 2026-01-31.');
  }
  const report = await nightlyReport(context, day, { actions: urgent(await readStatus(context, 'attention')) });
  const text =
    options.csv === true
      ? reportCsv(report)
      : reportText(
          report,
          createFormat(timezone, () => context.clock.now()),
        );
  return { text, json: report };
}

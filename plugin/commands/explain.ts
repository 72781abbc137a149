/** `explain`: one day of a contract, annotation by annotation. */
import type { Command } from 'commander';
import { AdminError } from '../errors.ts';
import { createFormat, type Format } from '../text/format.ts';
import { table } from '../text/table.ts';
import { isDay } from '../usage/days.ts';
import { type ExplainedTrainer, type Explanation, explainDay } from '../usage/explain-day.ts';
import type { Totals } from '../usage/totals.ts';
import { pluginAction } from './run-command.ts';

export function registerExplain(program: Command): void {
  pluginAction(
    program
      .command('explain')
      .argument('<contract>', 'the id of a contract (see `status`)')
      .argument('<day>', 'YYYY-MM-DD in USAGE_TIMEZONE')
      .description('Show every annotation of a contract’s trainers on a day: what counted, and what did not, and why.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin explain con_7f3a 2026-01-31'),
    async (context, _options, [contract = '', day = '']) => {
      if (!isDay(day))
        throw new AdminError(`“${day}” is not a day.`, 'Write it as YYYY-MM-DD, for example 2026-01-31.');
      const explanation = await explainDay(context, contract, day);
      const format = createFormat(context.settings.usage.timezone, () => context.clock.now());
      return { text: textOf(explanation, format), json: explanation };
    },
  );
}

function textOf({ contractId, contract, day, trainers }: Explanation, format: Format): string {
  const title = contract === null ? contractId : `${contract} (${contractId})`;
  if (trainers.length === 0) return `${title}, ${format.day(day)}: nobody is under this contract.`;
  return trainers.map((trainer) => `${title}, ${format.day(day)}\n${trainerText(trainer, format)}`).join('\n\n');
}

function trainerText(trainer: ExplainedTrainer, format: Format): string {
  const { name, trainerId, workEmail, toolUserIds, annotations, hasMore, counted, accepted } = trainer;
  const accounts = toolUserIds.length === 0 ? 'no account in the tool' : `account ${toolUserIds.join(', ')}`;
  const lines = [
    `${name ?? workEmail ?? trainerId} (${trainerId}), ${accounts}`,
    `Counted now: ${totalsText(counted, format)}. OpenTrain holds: ${accepted ? totalsText(accepted, format) : 'nothing'}.`,
  ];
  if (annotations.length > 0) lines.push('', annotationsTable(trainer, format));
  else lines.push('No annotation on this day.');
  if (hasMore) lines.push(`Only the first ${format.number(annotations.length)} are listed.`);
  return lines.join('\n');
}

function annotationsTable({ annotations }: ExplainedTrainer, format: Format): string {
  const headings = ['Annotation', 'Task', 'Project', 'Made', 'Recorded', 'Counted', 'Labels', 'Why'];
  const rows = annotations.map((line) => [
    line.annotationId,
    line.taskId,
    line.project === null ? line.projectId : `${line.project} (${line.projectId})`,
    format.moment(line.createdAt.getTime()),
    seconds(line.recordedSeconds, format),
    seconds(line.seconds, format),
    format.number(line.labels),
    line.why ?? '',
  ]);
  return table(headings, rows);
}

function totalsText(totals: Totals, format: Format): string {
  return `${format.count(totals.tasks, 'task')}, ${format.count(totals.labels, 'label')}, ${seconds(totals.seconds, format)}`;
}

function seconds(value: number | null, format: Format): string {
  return value === null ? '–' : `${format.number(value)} s`;
}

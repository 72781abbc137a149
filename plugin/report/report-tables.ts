/** The report as titled tables of text, which the terminal and the mail then dress. Pure. */
import type { BudgetWarning } from '../budget/thresholds.ts';
import type { Format } from '../text/format.ts';
import { flagWords } from '../usage/flag-words.ts';
import { notCountedWords } from '../usage/not-counted-words.ts';
import type { NightlyReport } from './report.ts';
import { paidWork } from './report-groups.ts';
import type { Sums } from './report-usual.ts';

export interface ReportTable {
  title: string;
  headings: readonly string[];
  rows: readonly (readonly string[])[];
  /** Said in place of an empty table; null: such a table is left out. */
  whenEmpty: string | null;
}

/** The tables of a report, in the order in which they are read. */
export function reportTables(report: NightlyReport, format: Format): ReportTable[] {
  return [
    weekTable(report, format),
    projectsTable(report, format),
    trainersTable(report, format),
    workTable(report, format),
    withoutContractTable(report, format),
    unsentTable(report, format),
    correctionsTable(report, format),
    cutsTable(report, format),
    notCountedTable(report, format),
    flagsTable(report, format),
    budgetsTable(report, format),
    othersTable(report, format),
    newAccountsTable(report, format),
  ];
}

/** Hours with two decimals; "–" when the tool does not know. */
export function hours(seconds: number | null): string {
  return seconds === null ? '–' : (seconds / 3_600).toFixed(2);
}

function weekTable({ week }: NightlyReport, format: Format): ReportTable {
  const row = (name: string, { labels, seconds }: Sums): string[] => [name, format.number(labels), hours(seconds)];
  return {
    title: 'The week',
    headings: ['Days', 'Labels', 'Hours'],
    rows: week
      ? [row(`${format.day(week.from)} to ${format.day(week.until)}`, week), row('The week before', week.before)]
      : [],
    whenEmpty: null,
  };
}

function projectsTable({ projects }: NightlyReport, format: Format): ReportTable {
  return {
    title: 'By project',
    headings: ['Project', 'Trainers', 'Labels', 'Hours'],
    rows: projects.map((line) => [
      `${line.project} (${line.projectId})`,
      format.number(line.trainers),
      format.number(line.labels),
      hours(line.seconds),
    ]),
    whenEmpty: null,
  };
}

function trainersTable({ trainers }: NightlyReport, format: Format): ReportTable {
  const pace = (value: number | null): string => format.number(value === null ? null : Math.round(value));
  return {
    title: 'By trainer',
    headings: ['Trainer', 'Labels', 'Hours', 'An hour', 'Usually'],
    rows: trainers.map((line) => [
      line.trainer,
      format.number(line.labels),
      hours(line.seconds),
      pace(line.labelsAnHour),
      pace(line.usualLabelsAnHour),
    ]),
    whenEmpty: null,
  };
}

/** A trainer worked in a project of another job, or without a contract: nobody is paid for it as things are. */
function withoutContractTable({ work }: NightlyReport, format: Format): ReportTable {
  return {
    title: 'Work without a contract (not submitted): end it, or hire for it on OpenTrain',
    headings: ['Project', 'Trainer', 'Tasks', 'Labels', 'Hours'],
    rows: work
      .filter(({ reported }) => reported === 'no contract')
      .map((line) => [
        line.project ?? '–',
        `${line.trainer} (${line.trainerId})`,
        format.number(line.tasks),
        format.number(line.labels),
        hours(line.seconds),
      ]),
    whenEmpty: null,
  };
}

function workTable(report: NightlyReport, format: Format): ReportTable {
  const work = paidWork(report.work);

  const sum = (field: 'tasks' | 'labels' | 'seconds'): number | null =>
    work.reduce<number | null>((total, line) => (line[field] === null ? total : (total ?? 0) + line[field]), null);
  const lines = work.map((line) => [
    line.project ?? '–',
    `${line.trainer} (${line.trainerId})`,
    line.contract === null ? '–' : `${line.contract} (${line.contractId})`,
    format.number(line.tasks),
    format.number(line.labels),
    hours(line.seconds),
    line.reported,
  ]);
  const total = ['Total', '', '', format.number(sum('tasks')), format.number(sum('labels')), hours(sum('seconds')), ''];
  return {
    title: 'Work',
    headings: ['Project', 'Trainer', 'Contract', 'Tasks', 'Labels', 'Hours', 'At OpenTrain'],
    rows: lines.length > 0 ? [...lines, total] : [],
    whenEmpty: 'No trainer worked under a contract on this day.',
  };
}

function unsentTable({ unsent }: NightlyReport, format: Format): ReportTable {
  return {
    title: 'Could not be sent',
    headings: ['Contract', 'Trainer', 'Day', 'Why'],
    rows: unsent.map((line) => [
      `${line.contract} (${line.contractId})`,
      line.trainer ?? 'all',
      line.day === null ? 'all' : format.day(line.day),
      line.why,
    ]),
    whenEmpty: null,
  };
}

function correctionsTable({ corrections }: NightlyReport, format: Format): ReportTable {
  return {
    title: 'Corrections of days reported before',
    headings: ['Contract', 'Trainer', 'Day', 'Tasks', 'Labels', 'Hours'],
    rows: corrections.map((line) => [
      `${line.contract} (${line.contractId})`,
      line.trainer,
      format.day(line.day),
      format.change(line.tasks),
      format.change(line.labels),
      line.seconds === null ? '–' : `${line.seconds > 0 ? '+' : ''}${hours(line.seconds)}`.replace('-', '−'),
    ]),
    whenEmpty: null,
  };
}

function cutsTable({ cuts }: NightlyReport, format: Format): ReportTable {
  return {
    title: 'Time that was not counted',
    headings: ['Project', 'Trainer', 'Why', 'Not counted'],
    rows: cuts.flatMap((line) => [
      ...(line.cappedAnnotations > 0
        ? [
            [
              line.project,
              line.trainer,
              `cap on ${format.count(line.cappedAnnotations, 'annotation')}`,
              format.duration(line.cappedSeconds),
            ],
          ]
        : []),
      ...(line.clampedSeconds > 0
        ? [[line.project, line.trainer, 'a day has 24 hours', format.duration(line.clampedSeconds)]]
        : []),
    ]),
    whenEmpty: null,
  };
}

function notCountedTable({ notCounted }: NightlyReport, format: Format): ReportTable {
  return {
    title: 'Annotations that are no work (not submitted)',
    headings: ['Project', 'Trainer', 'Why', 'Annotations', 'Time'],
    rows: notCounted.map((line) => [
      line.project,
      line.trainer,
      notCountedWords[line.reason],
      format.number(line.annotations),
      line.seconds === null ? '–' : format.duration(line.seconds),
    ]),
    whenEmpty: null,
  };
}

function flagsTable({ flags }: NightlyReport, format: Format): ReportTable {
  return {
    title: 'Days to look at (nothing is held back but what cannot be read)',
    headings: ['Trainer', 'Projects', 'What was seen'],
    rows: flags.map((flag) => [flag.trainer, flag.projects.join(', '), flagWords(flag, format)]),
    whenEmpty: null,
  };
}

function budgetsTable({ budgets }: NightlyReport, format: Format): ReportTable {
  const unit = (paymentType: string | null): string => {
    if (paymentType === 'PAY_PER_LABEL') return 'labels';
    return paymentType === 'PAY_PER_HOUR' ? 'hours' : '';
  };
  const volume = (value: number | null): string => format.number(value === null ? null : Math.round(value * 100) / 100);
  return {
    title: 'Budgets of active contracts',
    headings: ['Contract', 'State', 'Used', 'Consumed', 'Funded', 'Unit', 'Lasts until', 'Threshold'],
    rows: budgets.map((line) => [
      `${line.title ?? line.contractId} (${line.contractId})`,
      line.state,
      format.percent(line.consumedFraction),
      volume(line.consumedVolume),
      volume(line.fundedVolume),
      unit(line.paymentType),
      line.fundedUntil === null ? '–' : format.moment(line.fundedUntil),
      thresholdReached(line.warning),
    ]),
    whenEmpty: null,
  };
}

function thresholdReached(warning: BudgetWarning): string {
  if (warning?.kind === 'used') return `${warning.limit} % reached`;
  return warning?.kind === 'ends' ? `${warning.limit} days reached` : '–';
}

function newAccountsTable({ newAccounts }: NightlyReport, format: Format): ReportTable {
  return {
    title: 'Accounts in the tool that nobody knows',
    headings: ['Account', 'Name', 'Made', 'Trainers who could have made it'],
    rows: newAccounts.map((row) => [
      row.tool_user_id,
      row.name,
      format.moment(row.joined_at),
      row.suspects === '' ? 'none' : row.suspects,
    ]),
    whenEmpty: null,
  };
}

function othersTable({ others }: NightlyReport, format: Format): ReportTable {
  return {
    title: 'Work by people who are no trainers (not reported)',
    headings: ['Project', 'People', 'Annotations'],
    rows: others.map((line) => [line.project, format.number(line.people), format.number(line.annotations)]),
    whenEmpty: null,
  };
}

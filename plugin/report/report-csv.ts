/** The work of a report as CSV (RFC 4180), for spreadsheets: one line a project, trainer and day. */

import { oneLine } from '../text/one-line.ts';
import type { NightlyReport } from './report.ts';
import { hours } from './report-tables.ts';

const HEADINGS = [
  'day',
  'project_id',
  'project',
  'trainer_id',
  'trainer',
  'contract_id',
  'contract',
  'tasks',
  'labels',
  'seconds',
  'hours',
  'at_opentrain',
];

/** The whole file, with its headings; lines end in CR LF. What is not known is empty. */
export function reportCsv(report: NightlyReport): string {
  const rows = report.work.map((line) => [
    line.day,
    line.projectId,
    line.project,
    line.trainerId,
    line.trainer,
    line.contractId,
    line.contract,
    line.tasks,
    line.labels,
    line.seconds,
    line.seconds === null ? null : hours(line.seconds),
    line.reported,
  ]);
  return [HEADINGS, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/**
 * One cell. Names come from outside: what a spreadsheet would take for a formula gets an apostrophe in front, which makes it text
 * (OWASP, "CSV Injection"). A spreadsheet that splits at another separator makes cells of its own within ours, so what follows a
 * separator is treated the same.
 */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = oneLine(value).replaceAll(FORMULA_START, "$1'$2");
  return /[",;|']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Also the full-width forms, which spreadsheets read as the plain ones. */
const FORMULA_START = /(^|[,;|:"'\s])([=+\-@＝＋－＠])/g;

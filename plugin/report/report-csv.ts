/** The work of a report as CSV (RFC 4180), for spreadsheets: one line a project, trainer and day. */

import { csvLine } from '../text/csv.ts';
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
  return [HEADINGS, ...rows].map(csvLine).join('');
}

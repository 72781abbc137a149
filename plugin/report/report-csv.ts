/** The work of a report as CSV (RFC 4180), for spreadsheets: one line a project, trainer and day, each with the trainer's flags. */

import { csvLine } from '../text/csv.ts';
import type { NightlyReport } from './report.ts';
import type { FlagLine } from './report-flags.ts';
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
  'flags',
];

/** "long-day:45000/43200": the kind, its value, and what that was compared with. */
function flagCode({ kind, value, limit }: FlagLine): string {
  return limit === null ? `${kind}:${value}` : `${kind}:${value}/${limit}`;
}

/** The whole file, with its headings; lines end in CR LF. What is not known is empty. */
export function reportCsv(report: NightlyReport): string {
  const flags = Map.groupBy(report.flags, ({ trainerId }) => trainerId);
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
    (flags.get(line.trainerId) ?? []).map(flagCode).join(' '),
  ]);
  return [HEADINGS, ...rows].map(csvLine).join('');
}

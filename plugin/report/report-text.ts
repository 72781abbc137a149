/** The nightly report for people: text for the terminal and mail, HTML for mail. */
import { Eta } from 'eta';
import type { Format } from '../text/format.ts';
import { table } from '../text/table.ts';
import type { NightlyReport } from './report.ts';
import { type ReportTable, reportTables } from './report-tables.ts';

/** "Labels of Mon 19 May 2031: 1,234". */
export function reportSubject(report: NightlyReport, format: Format): string {
  const labels = report.work.reduce((sum, line) => sum + (line.labels ?? 0), 0);
  const attention = report.unsent.length > 0 ? `, ${report.unsent.length} could not be sent` : '';
  return `Labels of ${format.day(report.day)}: ${format.number(labels)}${attention}`;
}

function remarks(report: NightlyReport): string[] {
  const remark = `Days are days in ${report.timezone}.`;
  if (report.countProblem === null) return [remark];
  return [
    remark,
    `The tool could not be asked: ${report.countProblem} What follows is what OpenTrain accepted so far.`,
  ];
}

function shown(report: NightlyReport, format: Format): ReportTable[] {
  return reportTables(report, format).filter(({ rows, whenEmpty }) => rows.length > 0 || whenEmpty !== null);
}

/** The report as plain text. */
export function reportText(report: NightlyReport, format: Format): string {
  const parts = shown(report, format).map(({ title, headings, rows, whenEmpty }) =>
    rows.length > 0 ? `${title}\n${table(headings, rows)}` : `${title}\n${whenEmpty}`,
  );
  return [reportSubject(report, format), remarks(report).join('\n'), ...parts].join('\n\n');
}

const eta = new Eta({ autoEscape: true });

const page = `<!doctype html>
<html lang="en">
<body style="margin:0;padding:24px;font-family:system-ui,sans-serif;color:#1d2430;line-height:1.5">
<h1 style="font-size:1.3em"><%= it.subject %></h1>
<% for (const remark of it.remarks) { %><p style="color:#5a6372"><%= remark %></p>
<% } %><% for (const table of it.tables) { %><h2 style="font-size:1.05em;margin:24px 0 8px"><%= table.title %></h2>
<% if (table.rows.length === 0) { %><p><%= table.whenEmpty %></p>
<% } else { %><table style="border-collapse:collapse;font-variant-numeric:tabular-nums">
<tr><% for (const heading of table.headings) { %><th scope="col" style="text-align:left;padding:4px 12px 4px 0;border-bottom:2px solid #1d2430"><%= heading %></th><% } %></tr>
<% for (const row of table.rows) { %><tr><% for (const cell of row) { %><td style="padding:4px 12px 4px 0;border-bottom:1px solid #d9dde3"><%= cell %></td><% } %></tr>
<% } %></table>
<% } } %></body>
</html>
`;

/** The report as an HTML mail; whatever names it holds are escaped. */
export function reportHtml(report: NightlyReport, format: Format): string {
  return eta.renderString(page, {
    subject: reportSubject(report, format),
    remarks: remarks(report),
    tables: shown(report, format),
  });
}

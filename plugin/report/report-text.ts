/** The nightly report for people: text for the terminal and mail, HTML for mail. */
import { Eta } from 'eta';
import type { Format } from '../text/format.ts';
import { oneLine } from '../text/one-line.ts';
import { prose } from '../text/prose.ts';
import { table } from '../text/table.ts';
import type { NightlyReport } from './report.ts';
import { type ReportTable, reportTables } from './report-tables.ts';

/** "Labels of Mon 19 May 2031: 1,234 (+12 % against usual), 2 need you". */
export function reportSubject(report: NightlyReport, format: Format): string {
  const { labels, usualLabels, actions, unsent } = report;
  const change = usualLabels ? ` (${format.change(Math.round((labels / usualLabels - 1) * 100))} % against usual)` : '';
  const needsYou = actions.length > 0 ? `, ${actions.length} ${actions.length === 1 ? 'needs' : 'need'} you` : '';
  const attention = unsent.length > 0 ? `, ${unsent.length} could not be sent` : '';
  return `Labels of ${format.day(report.day)}: ${format.number(labels)}${change}${needsYou}${attention}`;
}

/** So many actions are told; the console has the others. */
const ACTIONS_SHOWN = 20;

function remarks(report: NightlyReport): string[] {
  const remark = `Days are days in ${report.timezone}. The console: ${report.consoleUrl}`;
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
  return [reportSubject(report, format), ...actionText(report), remarks(report).join('\n'), ...parts].join('\n\n');
}

function actionText({ actions, consoleUrl }: NightlyReport): string[] {
  if (actions.length === 0) return [];
  const lines = actions.slice(0, ACTIONS_SHOWN).map(({ what, remedy }) => `! ${oneLine(what)}\n  → ${oneLine(remedy)}`);
  const more = actions.length > ACTIONS_SHOWN ? [`and ${actions.length - ACTIONS_SHOWN} more: ${consoleUrl}`] : [];
  return [[`Needs you (${actions.length})`, ...lines, ...more].join('\n')];
}

const eta = new Eta({ autoEscape: true });

const page = `<!doctype html>
<html lang="en">
<head><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light"><title><%= it.subject %></title></head>
<body style="margin:0;padding:16px;background:#fff;font-family:system-ui,sans-serif;color:#1d2430;line-height:1.5;overflow-wrap:anywhere"><main>
<h1 style="font-size:1.3em;margin:0 0 12px"><%= it.subject %></h1>
<% if (it.actions.length > 0) { %><div style="border-left:4px solid #b42318;padding:4px 12px;background:#fdf3f2">
<h2 style="font-size:1.05em;margin:4px 0">Needs you (<%= it.total %>)</h2>
<% for (const action of it.actions) { %><p style="margin:8px 0"><strong><%= action.what %></strong><br><%~ it.prose(action.remedy) %></p>
<% } %></div>
<% } %><p><a href="<%= it.consoleUrl %>" style="color:#1f5eff">Open the console</a></p>
<% for (const remark of it.remarks) { %><p style="color:#5a6372"><%= remark %></p>
<% } %><% for (const table of it.tables) { %><h2 style="font-size:1.05em;margin:24px 0 8px"><%= table.title %></h2>
<% if (table.rows.length === 0) { %><p><%= table.whenEmpty %></p>
<% } else { %><div style="overflow-x:auto"><table style="border-collapse:collapse;font-size:.9em;font-variant-numeric:tabular-nums;overflow-wrap:normal">
<tr><% for (const heading of table.headings) { %><th scope="col" style="text-align:left;padding:4px 10px 4px 0;border-bottom:2px solid #1d2430"><%= heading %></th><% } %></tr>
<% for (const row of table.rows) { %><tr><% for (const cell of row) { %><td style="padding:4px 10px 4px 0;border-bottom:1px solid #d9dde3;vertical-align:top;<%= it.cellStyle(cell) %>"><%= cell %></td><% } %></tr>
<% } %></table></div>
<% } } %></main></body>
</html>
`;

/** On a telephone a table is scrolled sideways, rather than read a word a line. */
function cellStyle(cell: string): string {
  return cell.length <= 20 ? 'white-space:nowrap' : 'min-width:14em';
}

/** The report as an HTML mail; whatever names it holds are escaped. */
export function reportHtml(report: NightlyReport, format: Format): string {
  return eta.renderString(page, {
    prose,
    cellStyle,
    subject: reportSubject(report, format),
    actions: report.actions.slice(0, ACTIONS_SHOWN),
    total: report.actions.length,
    consoleUrl: report.consoleUrl,
    remarks: remarks(report),
    tables: shown(report, format),
  });
}

/** Mails the nightly report to REPORT_TO. */
import type { PluginContext } from '../context.ts';
import { createFormat } from '../text/format.ts';
import { lastReport, rememberReport } from '../usage/reported-days.ts';
import { type ActionLine, nightlyReport } from './report.ts';
import { reportCsv } from './report-csv.ts';
import { reportHtml, reportSubject, reportText } from './report-text.ts';

/**
 * Makes the report of this day and mails it; corrections are those since the last report. Without REPORT_TO or SMTP_URL nothing is
 * mailed, but the day counts as reported: later changes are corrections. Throws what the SMTP server answers.
 */
export async function mailNightlyReport(
  context: PluginContext,
  day: string,
  actions: readonly ActionLine[] = [],
): Promise<void> {
  const { mailer, settings } = context;
  const now = context.clock.now();
  const previous = await lastReport(context);
  if (mailer && settings.report.to) {
    const window = { actions, correctionsUntil: now, ...(previous ? { correctionsFrom: previous.at } : {}) };
    const report = await nightlyReport(context, day, window);
    const format = createFormat(settings.usage.timezone, () => now);
    await mailer.send({
      to: settings.report.to,
      subject: reportSubject(report, format),
      text: `${reportText(report, format)}\n`,
      html: reportHtml(report, format),
      messageId: `report-${day}`,
      attachments: [
        { filename: `labels-${day}.csv`, content: reportCsv(report), contentType: 'text/csv; charset=utf-8' },
      ],
    });
  }
  await rememberReport(context, day, now);
}

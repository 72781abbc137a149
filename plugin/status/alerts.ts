/**
 * Alerts about what cannot wait for the morning's report: by mail to REPORT_TO, and to ALERT_WEBHOOK_URL. At most one a day and
 * matter; each is a queue item of its own, tried again until it is sent.
 */
import type { PluginContext } from '../context.ts';
import { markDue } from '../queue/items.ts';
import { latestSlot, takeSlot } from '../queue/schedule-slots.ts';
import { oneLine } from '../text/one-line.ts';
import { alertsOf } from './problems.ts';
import { readStatus } from './status.ts';
import type { Alert } from './status-types.ts';

const DAY_MS = 86_400_000;

/** Makes due the alerts about what is so now and was told to nobody in the last 24 hours, or as long as the alert says. */
export async function markAlerts(context: PluginContext): Promise<void> {
  const { mailer, settings, database, clock } = context;
  const toMail = mailer !== null && settings.report.to !== undefined;
  if (!toMail && !settings.report.alertWebhookUrl) return;
  const now = clock.now();
  for (const { matter, repeatDays, what, remedy } of alertsOf(await readStatus(context, 'attention'))) {
    await database.transaction(async (transaction) => {
      const last = await latestSlot(transaction, slotOf(matter));
      if (last && now.getTime() - last.getTime() < repeatDays * DAY_MS) return;
      if (!(await takeSlot(transaction, slotOf(matter), now))) return;
      const detail = { what, remedy, until: now.getTime() + repeatDays * DAY_MS };
      if (toMail) await markDue(transaction, { kind: 'alert-mail', key: matter, detail }, now);
      if (settings.report.alertWebhookUrl)
        await markDue(transaction, { kind: 'alert-webhook', key: matter, detail }, now);
    });
  }
}

function slotOf(matter: string): string {
  return `alert: ${matter}`;
}

/** Mails one alert to REPORT_TO. Throws what the mailer throws, for a later try. */
export async function mailAlert(
  context: PluginContext,
  matter: string,
  alert: Pick<Alert, 'what' | 'remedy'>,
): Promise<void> {
  const { mailer, settings, clock } = context;
  if (!mailer || !settings.report.to) return;
  const what = oneLine(alert.what);
  await mailer.send({
    to: settings.report.to,
    subject: `Needs you: ${what}`,
    text: `${what}\n\n${oneLine(alert.remedy)}\n\nThe console: ${settings.plugin.publicUrl}/console\n`,
    messageId: `alert-${matter.replaceAll(/[^\w.-]/g, '-')}-${clock.now().toISOString().slice(0, 10)}`,
  });
}

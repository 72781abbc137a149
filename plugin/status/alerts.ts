/**
 * Alerts about what cannot wait for the morning's report: by mail to REPORT_TO, and to ALERT_WEBHOOK_URL. At most one a day and
 * matter; each is a queue item of its own, tried again until it is sent.
 */
import { httpClient } from '../../adapters/http-client.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { wayTo } from '../platform/proxies.ts';
import { markDue } from '../queue/items.ts';
import { latestSlot, takeSlot } from '../queue/schedule-slots.ts';
import { oneLine } from '../text/one-line.ts';
import { alertsOf } from './problems.ts';
import { readStatus } from './status.ts';
import type { Alert } from './status-types.ts';

type Told = Pick<Alert, 'what' | 'remedy'>;

const DAY_MS = 86_400_000;
const TIMEOUT_MS = 10_000;

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
      const detail = { what, remedy };
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
export async function mailAlert(context: PluginContext, matter: string, alert: Told): Promise<void> {
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

/** Posts one alert to ALERT_WEBHOOK_URL. Throws {@link AdminError} when it is not taken, for a later try. */
export async function postAlert({ settings }: PluginContext, alert: Told): Promise<void> {
  const { alertWebhookUrl } = settings.report;
  if (!alertWebhookUrl) return;
  const body = webhookBody(alertWebhookUrl, alert, `${settings.plugin.publicUrl}/console`);
  const way = await wayTo(alertWebhookUrl, settings.proxies);
  const options = { timeout: TIMEOUT_MS, maxRedirects: 0, validateStatus: () => true, ...way };
  const { status } = await httpClient()
    .post(alertWebhookUrl, body, options)
    .catch(() => ({ status: null }));
  if (status !== null && status >= 200 && status < 300) return;
  throw new AdminError(
    status === null ? 'The alert webhook does not answer.' : `The alert webhook answered ${status}.`,
    'Check ALERT_WEBHOOK_URL. It is tried again by itself.',
  );
}

/** Hosts of Teams, whose workflows take Adaptive Cards only. */
const TEAMS = /\.(webhook\.office\.com|logic\.azure\.com|powerplatform\.com)$/;

/**
 * What the receiver takes: a card for Microsoft Teams, otherwise `text` as Slack and Mattermost have it. Names are whatever somebody
 * typed: they can call nobody there (`<!channel>`, `@all`).
 */
export function webhookBody(url: string, { what, remedy }: Told, consoleUrl: string): object {
  const text = [oneLine(what), oneLine(remedy), consoleUrl];
  if (!TEAMS.test(new URL(url).hostname)) return { text: text.map(harmless).join('\n') };
  const body = text.map((line) => ({ type: 'TextBlock', text: line, wrap: true }));
  const content = { type: 'AdaptiveCard', version: '1.4', body };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] };
}

function harmless(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('@', '@\u200b');
}

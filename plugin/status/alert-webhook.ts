/**
 * Alerts to ALERT_WEBHOOK_URL: an incoming webhook of Slack, Mattermost or Microsoft Teams.
 *
 * | the answer                     | what follows                                                                 |
 * |--------------------------------|------------------------------------------------------------------------------|
 * | 2xx                            | the alert is told                                                            |
 * | 429                            | tried again after Retry-After                                                |
 * | none, 408, 5xx                 | tried again, with longer and longer waits                                    |
 * | any other                      | stays so until somebody changes the setting: one try a day, while the matter lasts |
 */
import { z } from 'zod';
import { httpClient } from '../../adapters/http-client.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { wayTo } from '../platform/proxies.ts';
import { askedWaitMs } from '../platform/retry-after.ts';
import { TryLater } from '../queue/failure.ts';
import { oneLine } from '../text/one-line.ts';
import type { Alert } from './status-types.ts';

type Told = Pick<Alert, 'what' | 'remedy'>;

const DAY_MS = 86_400_000;
const TIMEOUT_MS = 10_000;
/** It only says "ok" or why not. */
const LONGEST_ANSWER_BYTES = 65_536;
const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;
const REMEDY = 'Check ALERT_WEBHOOK_URL.';

/** Posts one alert, unless it is out of date. Throws {@link AdminError} when it is not taken, for a later try. */
export async function postAlert(context: PluginContext, alert: Told & { until?: number | undefined }): Promise<void> {
  const { settings, clock, log } = context;
  const { alertWebhookUrl } = settings.report;
  if (!alertWebhookUrl) return;
  const now = clock.now();
  if (alert.until !== undefined && now.getTime() > alert.until) {
    log.warn({ alert: alert.what }, 'an alert was not taken by the webhook in its time, and is given up');
    return;
  }
  const answer = await post(context, alertWebhookUrl, webhookBody(alertWebhookUrl, alert, consoleOf(context)));
  if (answer === null) throw new AdminError('The alert webhook does not answer.', `${REMEDY} ${TRIED_AGAIN}`);
  const { status, why } = answer;
  if (status >= 200 && status < 300) return;
  const told = `The alert webhook answered ${status}${why}.`;
  if (status === TOO_MANY_REQUESTS) {
    throw new TryLater(told, TRIED_AGAIN, Math.min(DAY_MS, askedWaitMs(answer.headers, now) ?? 0));
  }
  if (status >= 500 || status === REQUEST_TIMEOUT) throw new AdminError(told, `${REMEDY} ${TRIED_AGAIN}`);
  throw new TryLater(told, `${REMEDY} It is tried again tomorrow.`, DAY_MS);
}

const TRIED_AGAIN = 'It is tried again by itself.';

function consoleOf({ settings }: PluginContext): string {
  return `${settings.plugin.publicUrl}/console`;
}

interface Answer {
  status: number;
  headers: object;
  /** ": no_service"; empty where the answer is not a short code. */
  why: string;
}

/** Teams' retired connectors answer 200 and tell in the text that Teams refused. */
const REFUSED_WITHIN = /returned HTTP error (\d{3})/;
const CODE = /^[a-z][a-z_]{2,60}$/;

/** null when nothing answers. */
async function post({ settings }: PluginContext, url: string, body: object): Promise<Answer | null> {
  const way = await wayTo(url, settings.proxies);
  const limits = { timeout: TIMEOUT_MS, maxRedirects: 0, maxContentLength: LONGEST_ANSWER_BYTES };
  const options = { ...limits, ...way, responseType: 'text', validateStatus: () => true } as const;
  const response = await httpClient()
    .post(url, body, options)
    .catch(() => null);
  if (response === null) return null;
  const text = z.string().catch('').parse(response.data).trim();
  // What else an answer says may repeat the address, which is a secret.
  const why = CODE.test(text) ? `: ${text}` : '';
  return { status: Number(REFUSED_WITHIN.exec(text)?.[1] ?? response.status), headers: response.headers, why };
}

/** Hosts of Teams, whose workflows take Adaptive Cards only. */
const TEAMS = /\.(webhook\.office\.com|logic\.azure\.com|powerplatform\.com)$/;

/**
 * What the receiver takes: a card for Microsoft Teams, otherwise `text` as Slack and Mattermost have it. Names are whatever somebody
 * typed: they can call nobody there (`<!channel>`, `@all`), and are no link to somewhere else.
 */
export function webhookBody(url: string, { what, remedy }: Told, consoleUrl: string): object {
  const text = [oneLine(what), oneLine(remedy), consoleUrl].map(withoutLinks);
  if (!TEAMS.test(new URL(url).hostname)) return { text: text.map(harmless).join('\n') };
  const body = text.map((line) => ({ type: 'TextBlock', text: line, wrap: true }));
  const content = { type: 'AdaptiveCard', version: '1.4', body };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] };
}

/** Teams and Mattermost read `[words](address)` as a link that shows only the words. */
function withoutLinks(text: string): string {
  return text.replaceAll('](', ']\u200b(');
}

function harmless(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('@', '@\u200b');
}

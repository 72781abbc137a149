/** The part of `doctor` that is about OpenTrain. */
import { httpClient } from '../../adapters/http-client.ts';
import type { Check } from '../../adapters/tool.ts';
import { CONTRACT_DRIFT, DRIFT_SHOWN_MS, findCounter } from '../audit/counters.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { forPeople } from '../errors-for-people.ts';
import { missingScopes } from '../mirror/preflight.ts';
import { AnswerUnreadable } from '../platform/errors.ts';
import { wayTo } from '../platform/proxies.ts';
import { SIGNATURE_TOLERANCE_SECONDS } from '../platform/signature.ts';
import type { Install } from '../platform/types.ts';
import { isPaused, RECEIVER_PATH, receiverUrl } from '../webhooks/endpoint.ts';
import { allWebhookEndpoints } from '../webhooks/endpoint-rows.ts';
import { failure, ok } from './check.ts';
import { type Comparison, compareWithOpenApi } from './openapi.ts';

const TIMEOUT_MS = 10_000;

/** Checks of the connection, its rights, the clock, the API's description and our webhook endpoint. */
export async function openTrainChecks(context: PluginContext): Promise<Check[]> {
  const description = describedApi(context);
  let install: Install | null;
  try {
    install = await context.openTrain.currentInstall();
    if (!install) throw new AnswerUnreadable('GET /installs/current');
  } catch (caught) {
    const error = forPeople(context.settings, caught);
    const remedy = error instanceof AdminError ? error.remedy : 'See the message.';
    return [failure('connection', 'Connection to OpenTrain', messageOf(error), remedy), ...(await description)];
  }
  return [
    ok(
      'connection',
      'Connection to OpenTrain',
      `Install ${install.id} of ${install.partnerApp?.name ?? 'your app'} is ${install.status}.`,
    ),
    scopesCheck(install),
    consentCheck(install),
    ...(await description),
    ...(await driftChecks(context)),
    ...(await endpointChecks(context, install)),
  ];
}

function scopesCheck(install: Install): Check {
  const missing = missingScopes(install);
  if (missing.length === 0)
    return ok('scopes', 'Scopes', `All that is needed is granted: ${install.scopes.join(', ')}.`);
  const remedy = 'Add them to the platform app on OpenTrain, then connect again and paste the new token.';
  return failure('scopes', 'Scopes', `Missing: ${missing.join('; ')}.`, remedy);
}

function consentCheck(install: Install): Check {
  if (install.piiConsent) return ok('consent', 'Consent', 'Work Emails may be shared with us.');
  const remedy = "Connect again on OpenTrain and tick the consent for trainers' Work Emails.";
  return failure('consent', 'Consent', 'Work Emails may not be shared with us, so nobody can be invited.', remedy);
}

/** The served openapi.json against what we use; and, from the same answer, the difference between the clocks. */
async function describedApi(context: PluginContext): Promise<Check[]> {
  const url = `${context.settings.openTrain.baseUrl}/openapi.json`;
  const title = "OpenTrain's API";
  try {
    const answer = await httpClient().get<unknown>(url, {
      timeout: TIMEOUT_MS,
      maxRedirects: 0,
      ...(await wayTo(url, context.settings.proxies)),
    });
    const comparison = compareWithOpenApi(answer.data);
    const date = Date.parse(String(answer.headers.date ?? ''));
    return [clockCheck(context, date), descriptionCheck(comparison)];
  } catch (error) {
    const remedy = 'Check OPENTRAIN_BASE_URL; if it is right, OpenTrain does not serve its description now.';
    return [{ id: 'openapi', title, result: 'warning', why: `${url} cannot be read: ${messageOf(error)}.`, remedy }];
  }
}

/** Fails only for what contradicts: OpenTrain may describe less than it serves. */
export function descriptionCheck({ contradictions, undescribed }: Comparison): Check {
  const title = "OpenTrain's API";
  if (contradictions.length > 0) {
    const why = `It differs from what the plugin uses: ${contradictions.join('; ')}.`;
    return failure('openapi', title, why, 'Look for a newer version of the plugin.');
  }
  if (undescribed.length === 0)
    return ok('openapi', title, 'It describes every operation and field that the plugin uses.');
  return ok('openapi', title, `Nothing contradicts what the plugin uses. Not described: ${undescribed.join('; ')}.`);
}

/** What the client could not read of OpenTrain's answers within the last day. */
async function driftChecks({ database, clock }: PluginContext): Promise<Check[]> {
  const drift = await findCounter(database, CONTRACT_DRIFT);
  if (!drift || clock.now().getTime() - drift.last_at >= DRIFT_SHOWN_MS) return [];
  const why = `OpenTrain's answers hold what this version cannot read (${drift.count} so far), last ${drift.last_detail}. The rest is used.`;
  const remedy = 'Look for a newer version of the plugin.';
  return [{ id: 'contract-drift', title: 'Contract drift', result: 'warning', why, remedy }];
}

function clockCheck(context: PluginContext, serverTime: number): Check {
  const title = 'Clock';
  if (Number.isNaN(serverTime)) {
    return {
      id: 'clock',
      title,
      result: 'warning',
      why: "OpenTrain's answer carries no date.",
      remedy: "Check this machine's clock (NTP).",
    };
  }
  const seconds = Math.round((context.clock.now().getTime() - serverTime) / 1_000);
  if (Math.abs(seconds) <= SIGNATURE_TOLERANCE_SECONDS / 2)
    return ok('clock', title, `It agrees with OpenTrain's (${seconds} s).`);
  const refused = Math.abs(seconds) > SIGNATURE_TOLERANCE_SECONDS;
  const why = `It differs from OpenTrain's by ${seconds} s${refused ? ': every delivery is refused as stale' : ''}.`;
  return {
    id: 'clock',
    title,
    result: refused ? 'failure' : 'warning',
    why,
    remedy: "Set this machine's clock (NTP).",
  };
}

async function endpointChecks(context: PluginContext, install: Install): Promise<Check[]> {
  const title = 'Webhook endpoint';
  if (!install.scopes.includes('webhooks:manage')) return [];
  let url: string;
  try {
    url = receiverUrl(context);
  } catch (error) {
    const remedy = error instanceof AdminError ? error.remedy : '';
    return [failure('webhook-url', title, messageOf(error), remedy)];
  }
  try {
    const endpoints = (await context.openTrain.webhookEndpoints()).value;
    const row = (await allWebhookEndpoints(context.database)).find(({ accepted_until }) => accepted_until === null);
    const ours = endpoints.find(({ id }) => id === row?.id) ?? endpoints.find((endpoint) => endpoint.url === url);
    if (!ours) {
      const remedy = '`opentrain-plugin start` makes it; `webhooks repair` makes it now.';
      return [{ id: 'webhook-endpoint', title, result: 'warning', why: 'There is none at OpenTrain yet.', remedy }];
    }
    if (isPaused(ours)) {
      const why = `Somebody paused it: no events come for ${ours.url}.`;
      const remedy =
        'Enable it on OpenTrain, or with `opentrain-plugin webhooks repair`, when deliveries should come again.';
      return [{ id: 'webhook-endpoint', title, result: 'warning', why, remedy }];
    }
    if (ours.status !== 'ACTIVE' || ours.url !== url) {
      const why = `It is ${ours.status} for ${ours.url}${ours.disabledReason ? ` (${ours.disabledReason})` : ''}.`;
      return [
        failure(
          'webhook-endpoint',
          title,
          why,
          'A running `start` mends it within 10 minutes; `webhooks repair` does it now.',
        ),
      ];
    }
    return [ok('webhook-endpoint', title, `It is active for ${ours.url}.`), await reachable(context)];
  } catch (error) {
    return [
      failure('webhook-endpoint', title, messageOf(error), 'Try again; quote the request id to OpenTrain if it stays.'),
    ];
  }
}

/** Whether our own public address leads to a running plugin, as seen from here. */
async function reachable(context: PluginContext): Promise<Check> {
  const title = 'Public address';
  const url = `${context.settings.plugin.publicUrl}${RECEIVER_PATH}`;
  const remedy = 'Start the plugin, and check PLUGIN_PUBLIC_URL, its DNS name, certificate and proxy.';
  try {
    const { status } = await httpClient().get<unknown>(url, {
      timeout: TIMEOUT_MS,
      maxRedirects: 0,
      validateStatus: () => true,
      ...(await wayTo(url, context.settings.proxies)),
    });
    // The receiver answers 405 to anything but a POST: whatever else answers is not the receiver.
    if (status === 405) return ok('public-address', title, `${url} leads to the running plugin.`);
    return failure('public-address', title, `${url} is answered with ${status}, not by the plugin.`, remedy);
  } catch (error) {
    return failure('public-address', title, `${url} cannot be reached from here: ${messageOf(error)}.`, remedy);
  }
}

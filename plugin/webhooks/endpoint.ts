/**
 * Our webhook endpoint's life at OpenTrain (contract: "Webhook endpoints"): made with the events of the manifest, its URL and
 * events kept right, enabled again after it was disabled, replaced when its secret is lost.
 */
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { manifest } from '../manifest.ts';
import { OpenTrainRefused } from '../opentrain/errors.ts';
import type { WebhookEndpoint } from '../opentrain/types.ts';
import { deleteSecret, endpointSecretName, readSecret, saveSecret } from '../store/secrets.ts';
import {
  allWebhookEndpoints,
  deleteWebhookEndpointRow,
  recordEndpointCheck,
  saveWebhookEndpoint,
  type WebhookEndpointRow,
} from '../store/webhook-endpoints.ts';
import { markDue } from '../store/work.ts';

export const RECEIVER_PATH = '/webhooks/opentrain';

/** OpenTrain tries a delivery for 156 minutes: until then deliveries signed with an old secret may still come. */
export const OLD_SECRET_KEPT_MS = 4 * 3_600_000;
/** An endpoint with our URL that we do not know, and that is younger than this, is being made by another process of ours. */
const BEING_MADE_MS = 120_000;

export interface EndpointCare {
  endpoint: WebhookEndpoint;
  /** What was done, in words; empty when all was right. */
  done: string[];
  /** Deliveries may have been missed: read everything again. */
  recovered: boolean;
}

/** The URL that OpenTrain is to post to. Throws {@link AdminError} when OpenTrain would refuse it. */
export function receiverUrl(context: PluginContext): string {
  const url = new URL(context.settings.plugin.publicUrl + RECEIVER_PATH);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || local) return url.href;
  throw new AdminError(
    `OpenTrain only posts to https, and PLUGIN_PUBLIC_URL is ${context.settings.plugin.publicUrl}.`,
    'Put the plugin behind a TLS proxy and set PLUGIN_PUBLIC_URL to its https address.',
  );
}

/**
 * Makes sure that our endpoint exists, is right and active. Idempotent. Throws what the OpenTrain client throws, and
 * {@link AdminError} when an endpoint that was made by hand is not there.
 */
export async function careForEndpoint(context: PluginContext): Promise<EndpointCare> {
  const url = receiverUrl(context);
  const endpoints = await context.openTrain.webhookEndpoints();
  if (context.settings.openTrain.webhookSecret) return repair(context, madeByHand(endpoints, url), url, []);
  const rows = await allWebhookEndpoints(context.database);
  const current = rows.find(({ accepted_until }) => accepted_until === null);
  const ours = endpoints.find(({ id }) => id === current?.id);
  const done = await removeStrays(context, endpoints, rows, url);
  if (!ours) {
    const endpoint = await makeEndpoint(context, url);
    return { endpoint, done: ['made', ...done], recovered: true };
  }
  if (await readSecret(context.database, context.keys, endpointSecretName(ours.id))) {
    return repair(context, ours, url, done);
  }
  const endpoint = await makeEndpoint(context, url);
  await removeEndpoint(context, ours.id);
  return { endpoint, done: ['replaced: its secret was lost', ...done], recovered: true };
}

function madeByHand(endpoints: readonly WebhookEndpoint[], url: string): WebhookEndpoint {
  const found = endpoints.find((endpoint) => endpoint.url === url);
  if (found) return found;
  throw new AdminError(
    `OPENTRAIN_WEBHOOK_SECRET is set, but no webhook endpoint at OpenTrain posts to ${url}.`,
    'Set PLUGIN_PUBLIC_URL to where yours posts to, or unset OPENTRAIN_WEBHOOK_SECRET: then the plugin makes its own.',
  );
}

/** Endpoints that post to us with a secret that nobody knows (we died while making one, or lost the store) only fail. */
async function removeStrays(
  context: PluginContext,
  endpoints: readonly WebhookEndpoint[],
  rows: readonly WebhookEndpointRow[],
  url: string,
): Promise<string[]> {
  const bornBefore = context.clock.now().getTime() - BEING_MADE_MS;
  const known = new Set(rows.map(({ id }) => id));
  const strays = endpoints.filter((endpoint) => {
    const age = endpoint.createdAt ? Date.parse(endpoint.createdAt) : Number.NaN;
    return endpoint.url === url && !known.has(endpoint.id) && !(age > bornBefore);
  });
  for (const { id } of strays) await removeEndpoint(context, id);
  return strays.map(({ id }) => `${id} removed: nobody knows its secret`);
}

async function repair(
  context: PluginContext,
  ours: WebhookEndpoint,
  url: string,
  doneBefore: readonly string[],
): Promise<EndpointCare> {
  const wanted = manifest.events.map(({ type }) => type);
  const done: string[] = [];
  const change: Parameters<typeof context.openTrain.updateWebhookEndpoint>[1] = {};
  if (ours.url !== url) {
    change.url = url;
    done.push(`URL changed from ${ours.url}`);
  }
  if (wanted.some((type) => !ours.eventTypes.includes(type))) {
    change.eventTypes = wanted;
    done.push('event types completed');
  }
  if (ours.status !== 'ACTIVE') {
    change.status = 'ACTIVE';
    done.push(`enabled again (it was disabled${ours.disabledReason ? `: ${ours.disabledReason}` : ''})`);
  }
  const endpoint = done.length > 0 ? await context.openTrain.updateWebhookEndpoint(ours.id, change) : ours;
  if (done.length > 0 || ours.consecutiveFailures > 0) {
    const requeued = await context.openTrain.redeliver(ours.id);
    if (requeued > 0) done.push(`${requeued} failed deliveries asked for again`);
  }
  await recordEndpointCheck(context.database, rowOf(context, endpoint));
  return { endpoint, done: [...done, ...doneBefore], recovered: done.length > 0 };
}

/** Makes an endpoint that takes the place of the current one, which is gone at OpenTrain. */
async function makeEndpoint(context: PluginContext, url: string): Promise<WebhookEndpoint> {
  const gone = (await allWebhookEndpoints(context.database)).filter(({ accepted_until }) => accepted_until === null);
  const { endpoint, secret } = await createAtOpenTrain(context, url);
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await saveSecret(transaction, context.keys, endpointSecretName(endpoint.id), secret, now);
    for (const { id } of gone) {
      await deleteWebhookEndpointRow(transaction, id);
      await deleteSecret(transaction, endpointSecretName(id));
    }
    await saveWebhookEndpoint(transaction, rowOf(context, endpoint));
  });
  return endpoint;
}

function createAtOpenTrain(context: PluginContext, url: string) {
  return context.openTrain.createWebhookEndpoint(
    url,
    manifest.events.map(({ type }) => type),
  );
}

/** Asks OpenTrain for every delivery that failed for good; those that we have are recognised. Returns how many come again. */
export async function redeliverFailed(context: PluginContext, deliveryId?: string): Promise<number> {
  const row = (await allWebhookEndpoints(context.database)).find(({ accepted_until }) => accepted_until === null);
  if (!row) return 0;
  return context.openTrain.redeliver(row.id, deliveryId);
}

/**
 * Changes the secret: a second endpoint is made, both secrets are accepted, and the old endpoint goes once OpenTrain's retries
 * to it are over, so that no delivery is lost. Events come twice meanwhile, which is harmless.
 */
export async function rotateSecret(context: PluginContext): Promise<{ endpoint: WebhookEndpoint; retiring: string[] }> {
  if (context.settings.openTrain.webhookSecret) {
    throw new AdminError(
      'The webhook endpoint was made by hand (OPENTRAIN_WEBHOOK_SECRET is set), so its secret is yours to change.',
      'Unset OPENTRAIN_WEBHOOK_SECRET to let the plugin make and look after its own endpoint.',
    );
  }
  const { endpoint, secret } = await createAtOpenTrain(context, receiverUrl(context));
  const now = context.clock.now();
  const until = now.getTime() + OLD_SECRET_KEPT_MS;
  const retiring = (await allWebhookEndpoints(context.database)).filter(
    ({ accepted_until }) => accepted_until === null,
  );
  await context.database.transaction(async (transaction) => {
    await saveSecret(transaction, context.keys, endpointSecretName(endpoint.id), secret, now);
    for (const row of retiring) {
      await saveWebhookEndpoint(transaction, { ...row, accepted_until: until });
      await markDue(transaction, { kind: 'endpoint-retire', key: row.id, dueAt: new Date(until) }, now);
    }
    await saveWebhookEndpoint(transaction, rowOf(context, endpoint));
  });
  return { endpoint, retiring: retiring.map(({ id }) => id) };
}

/** Deletes an endpoint at OpenTrain, its secret and our record of it. Gone already is fine. */
export async function removeEndpoint(context: PluginContext, endpointId: string): Promise<void> {
  try {
    await context.openTrain.deleteWebhookEndpoint(endpointId);
  } catch (error) {
    if (!(error instanceof OpenTrainRefused) || error.status !== 404) throw error;
  }
  await deleteWebhookEndpointRow(context.database, endpointId);
  await deleteSecret(context.database, endpointSecretName(endpointId));
}

function rowOf(context: PluginContext, endpoint: WebhookEndpoint): WebhookEndpointRow {
  const now = context.clock.now().getTime();
  const createdAt = endpoint.createdAt ? Date.parse(endpoint.createdAt) : Number.NaN;
  return {
    id: endpoint.id,
    url: endpoint.url,
    status: endpoint.status,
    created_at: Number.isNaN(createdAt) ? now : createdAt,
    checked_at: now,
    accepted_until: null,
  };
}

/**
 * Our webhook endpoint's life at OpenTrain (contract: "Webhook endpoints"): made with the events of the manifest, its URL and
 * events kept right, enabled again after it was disabled, replaced when its secret is lost.
 */
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { isGone } from '../platform/is-gone.ts';
import type { WebhookEndpoint } from '../platform/types.ts';
import { markDue } from '../queue/items.ts';
import { manifest } from '../settings/manifest.ts';
import type { Database } from '../store/database.ts';
import { deleteSecret, readSecret, saveSecret } from '../store/secrets.ts';
import {
  allWebhookEndpoints,
  deleteWebhookEndpointRow,
  endpointOf,
  endpointSecretName,
  recordEndpointCheck,
  saveWebhookEndpoint,
  type WebhookEndpointRow,
} from './endpoint-rows.ts';

export const RECEIVER_PATH = '/webhooks/opentrain';

/** OpenTrain tries a delivery for 156 minutes: until then deliveries signed with an old secret may still come. */
export const OLD_SECRET_KEPT_MS = 4 * 3_600_000;
/** OpenTrain disables an endpoint itself after so many failed deliveries in a row (contract: "Webhook deliveries"). */
const FAILURES_THAT_DISABLE = 10;
/** An endpoint with our URL that we do not know, and that is younger than this, is being made by another process of ours. */
const BEING_MADE_MS = 120_000;

export interface EndpointCare {
  endpoint: WebhookEndpoint;
  /** What was done, in words; empty when all was right. */
  done: string[];
  /** Deliveries may have been missed: a reconcile is due. */
  recovered: boolean;
  /** It was made just now, with a new secret. */
  made: boolean;
}

/** What our record says of an endpoint that a person disabled on purpose: a pause, which only a person ends. */
export const PAUSED = 'PAUSED';

/**
 * Whether a person paused this endpoint: `DISABLED` is also the way to pause deliveries (contract: "Webhook endpoints").
 *
 * | status   | failures in a row | disabledReason        | paused                             |
 * |----------|-------------------|-----------------------|------------------------------------|
 * | ACTIVE   | any               | any                   | no                                 |
 * | DISABLED | 10 and more       | any                   | no: OpenTrain disabled it itself   |
 * | DISABLED | fewer             | tells of failures     | no: OpenTrain disabled it itself   |
 * | DISABLED | fewer             | anything else or none | yes                                |
 */
export function isPaused(
  endpoint: Pick<WebhookEndpoint, 'status' | 'consecutiveFailures' | 'disabledReason'>,
): boolean {
  if (endpoint.status !== 'DISABLED' || endpoint.consecutiveFailures >= FAILURES_THAT_DISABLE) return false;
  return !/fail/i.test(endpoint.disabledReason ?? '');
}

/**
 * The URL that OpenTrain is to post to: https, or http where this machine is meant, which OpenTrain takes by the name `localhost`
 * only (contract: "Webhook endpoints"). Throws {@link AdminError} when OpenTrain would refuse it.
 */
export function receiverUrl(context: PluginContext): string {
  const url = new URL(context.settings.plugin.publicUrl + RECEIVER_PATH);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && local) url.hostname = 'localhost';
  if (url.protocol === 'https:' || local) return url.href;
  throw new AdminError(
    `OpenTrain only posts to https, and PLUGIN_PUBLIC_URL is ${context.settings.plugin.publicUrl}.`,
    'Put the plugin behind a TLS proxy and set PLUGIN_PUBLIC_URL to its https address.',
  );
}

/**
 * Makes sure that our endpoint exists, is right and active. One that a person paused stays paused, unless `resume` says that an
 * admin asks for deliveries again. Idempotent. Throws what the OpenTrain client throws, and
 * {@link AdminError} when an endpoint that was made by hand is not there.
 */
export async function careForEndpoint(
  context: PluginContext,
  { resume = false }: { resume?: boolean } = {},
): Promise<EndpointCare> {
  const url = receiverUrl(context);
  const { value: endpoints, unread } = await context.openTrain.webhookEndpoints();
  if (context.settings.openTrain.webhookSecret) return repair(context, madeByHand(endpoints, url), { url, resume });
  const rows = await allWebhookEndpoints(context.database);
  const [current, ...others] = rows.filter(isCurrent);
  const ours = endpoints.find(({ id }) => id === current?.id);
  // What cannot be read may be ours: it is not made a second time.
  if (current && !ours && unread > 0) return { endpoint: endpointOf(current), done: [], recovered: false, made: false };
  const tidied = [...(await removeStrays(context, endpoints, rows, url)), ...(await retireOthers(context, others))];
  if (!current || !ours) {
    const endpoint = await makeEndpoint(context, url);
    return { endpoint, done: ['made', ...tidied], recovered: true, made: true };
  }
  if (await readSecret(context.database, context.keys, endpointSecretName(ours.id))) {
    const { done, ...care } = await repair(context, ours, { url, resume, known: current });
    return { ...care, done: [...done, ...tidied] };
  }
  const endpoint = await makeEndpoint(context, url);
  await removeEndpoint(context, ours.id);
  return { endpoint, done: ['replaced: its secret was lost', ...tidied], recovered: true, made: true };
}

function isCurrent({ accepted_until }: WebhookEndpointRow): boolean {
  return accepted_until === null;
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

/** Two processes of ours that made one at the same moment: the newest stays. */
async function retireOthers(context: PluginContext, others: readonly WebhookEndpointRow[]): Promise<string[]> {
  if (others.length > 0) await context.database.transaction((transaction) => retire(context, transaction, others));
  return others.map(({ id }) => `${id} retires: one endpoint is enough`);
}

interface RepairOptions {
  url: string;
  /** An admin asks for deliveries again: a pause ends. */
  resume: boolean;
  /** Our record; an endpoint that was made by hand has none. */
  known?: WebhookEndpointRow;
}

interface Repair {
  change: Parameters<PluginContext['openTrain']['updateWebhookEndpoint']>[1];
  /** In words. */
  done: string[];
}

function repairOf(ours: WebhookEndpoint, { url, resume }: RepairOptions): Repair {
  const wanted = manifest.events.map(({ type }) => type);
  const repair: Repair = { change: {}, done: [] };
  if (ours.url !== url) {
    repair.change.url = url;
    repair.done.push(`URL changed from ${ours.url}`);
  }
  if (wanted.some((type) => !ours.eventTypes.includes(type))) {
    repair.change.eventTypes = wanted;
    repair.done.push('event types completed');
  }
  if (ours.status !== 'ACTIVE' && (resume || !isPaused(ours))) {
    repair.change.status = 'ACTIVE';
    repair.done.push(`enabled again (it was disabled${ours.disabledReason ? `: ${ours.disabledReason}` : ''})`);
  }
  return repair;
}

/**
 * Our record of a broken endpoint stays that of a broken one until all is done that follows from the repair: whoever dies in
 * between leaves that to the next look.
 */
async function repair(context: PluginContext, ours: WebhookEndpoint, options: RepairOptions): Promise<EndpointCare> {
  const { url, resume, known } = options;
  const { change, done } = repairOf(ours, options);
  const staysPaused = isPaused(ours) && !resume;
  let endpoint = ours;
  if (done.length > 0) {
    await recordEndpointCheck(context.database, rowOf(context, ours));
    endpoint = (await context.openTrain.updateWebhookEndpoint(ours.id, change)) ?? ours;
  } else if (known && !staysPaused && (known.status !== 'ACTIVE' || known.url !== url)) {
    done.push('finished a repair that was cut off, or made by somebody else');
  }
  if (!staysPaused && (done.length > 0 || ours.consecutiveFailures > 0)) {
    const requeued = await context.openTrain.redeliver(ours.id);
    if (requeued > 0) done.push(`${requeued} failed deliveries asked for again`);
  }
  const recovered = done.length > 0;
  await context.database.transaction(async (transaction) => {
    await recordEndpointCheck(transaction, rowOf(context, endpoint));
    if (recovered) await markReconcile(context, transaction);
  });
  return { endpoint, done, recovered, made: false };
}

/** Events may have been missed: what they would have told is read from the API. */
function markReconcile(context: PluginContext, transaction: Database): Promise<void> {
  const detail = { cause: 'webhook endpoint recovered' };
  return markDue(transaction, { kind: 'reconcile', key: 'all', detail }, context.clock.now());
}

/** Makes an endpoint that takes the place of the current one, which is gone at OpenTrain. */
async function makeEndpoint(context: PluginContext, url: string): Promise<WebhookEndpoint> {
  const gone = (await allWebhookEndpoints(context.database)).filter(isCurrent);
  const { endpoint, secret } = await createAtOpenTrain(context, url);
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await saveSecret(transaction, context.keys, endpointSecretName(endpoint.id), secret, now);
    for (const { id } of gone) {
      await deleteWebhookEndpointRow(transaction, id);
      await deleteSecret(transaction, endpointSecretName(id));
    }
    await saveWebhookEndpoint(transaction, rowOf(context, endpoint));
    await markReconcile(context, transaction);
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
  const row = (await allWebhookEndpoints(context.database)).find(isCurrent);
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
  // What failed for good is asked for while its endpoint is still there.
  const present = await careForEndpoint(context, { resume: true });
  if (present.made) return { endpoint: present.endpoint, retiring: [] };
  const retiring = (await allWebhookEndpoints(context.database)).filter(isCurrent);
  const { endpoint, secret } = await createAtOpenTrain(context, receiverUrl(context));
  await context.database.transaction(async (transaction) => {
    await saveSecret(transaction, context.keys, endpointSecretName(endpoint.id), secret, context.clock.now());
    await retire(context, transaction, retiring);
    await saveWebhookEndpoint(transaction, rowOf(context, endpoint));
  });
  return { endpoint, retiring: retiring.map(({ id }) => id) };
}

/** Their secrets are accepted until OpenTrain's retries are over; then they are deleted. */
async function retire(
  context: PluginContext,
  transaction: Database,
  rows: readonly WebhookEndpointRow[],
): Promise<void> {
  const now = context.clock.now();
  const until = now.getTime() + OLD_SECRET_KEPT_MS;
  for (const row of rows) {
    await saveWebhookEndpoint(transaction, { ...row, accepted_until: until });
    await markDue(transaction, { kind: 'endpoint-retire', key: row.id, dueAt: new Date(until) }, now);
  }
}

/** Deletes an endpoint at OpenTrain, its secret and our record of it. Gone already is fine. */
export async function removeEndpoint(context: PluginContext, endpointId: string): Promise<void> {
  try {
    await context.openTrain.deleteWebhookEndpoint(endpointId);
  } catch (error) {
    if (!isGone(error)) throw error;
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
    status: isPaused(endpoint) ? PAUSED : endpoint.status,
    created_at: Number.isNaN(createdAt) ? now : createdAt,
    checked_at: now,
    accepted_until: null,
  };
}

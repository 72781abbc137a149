/** Our webhook endpoints at OpenTrain: one, or two while the secret is being changed. */
import type { WebhookEndpoint } from '../platform/types.ts';
import type { Database } from '../store/database.ts';

/** The name of an endpoint's secret among the secrets of the store. */
export function endpointSecretName(endpointId: string): string {
  return `webhook secret ${endpointId}`;
}

export interface WebhookEndpointRow {
  id: string;
  url: string;
  status: string;
  created_at: number;
  checked_at: number;
  /** Its secret is accepted until then; null for the current endpoint. */
  accepted_until: number | null;
}

/** An endpoint as we know it, where OpenTrain's answer about it cannot be read. */
export function endpointOf({ id, url, status }: WebhookEndpointRow): WebhookEndpoint {
  const untold = { createdAt: null, disabledAt: null, disabledReason: null };
  return { id, url, status, eventTypes: [], consecutiveFailures: 0, ...untold };
}

/** The current endpoint first, then those being retired. */
export async function allWebhookEndpoints(database: Database): Promise<WebhookEndpointRow[]> {
  return database<WebhookEndpointRow>('webhook_endpoints')
    .select('*')
    .orderByRaw('accepted_until IS NOT NULL, created_at DESC');
}

export async function saveWebhookEndpoint(database: Database, row: WebhookEndpointRow): Promise<void> {
  await database<WebhookEndpointRow>('webhook_endpoints').insert(row).onConflict('id').merge();
}

/** Records what OpenTrain said of an endpoint that we know; whether it is being retired stays as it is. */
export async function recordEndpointCheck(
  database: Database,
  { id, url, status, checked_at }: Pick<WebhookEndpointRow, 'id' | 'url' | 'status' | 'checked_at'>,
): Promise<void> {
  await database<WebhookEndpointRow>('webhook_endpoints').where({ id }).update({ url, status, checked_at });
}

export async function deleteWebhookEndpointRow(database: Database, id: string): Promise<void> {
  await database<WebhookEndpointRow>('webhook_endpoints').where({ id }).delete();
}

/** Our webhook endpoints at OpenTrain: one, or two while the secret is being changed. */
import type { Database } from './database.ts';

export interface WebhookEndpointRow {
  id: string;
  url: string;
  status: string;
  created_at: number;
  checked_at: number;
  /** Its secret is accepted until then; null for the current endpoint. */
  accepted_until: number | null;
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

export async function deleteWebhookEndpointRow(database: Database, id: string): Promise<void> {
  await database<WebhookEndpointRow>('webhook_endpoints').where({ id }).delete();
}

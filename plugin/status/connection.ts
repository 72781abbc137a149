/** The connection to OpenTrain, our webhook endpoint, and what is down. */
import { z } from 'zod';
import type { StoreContext } from '../context.ts';
import { currentInstall } from '../mirror/installs.ts';
import { PARTNER_TOKEN } from '../mirror/token.ts';
import { allOutages, type Dependency } from '../queue/outages.ts';
import { lastDeliveryAt } from '../webhooks/deliveries.ts';
import { allWebhookEndpoints } from '../webhooks/endpoint-rows.ts';

export interface InstallStatus {
  id: string;
  status: 'connected' | 'disconnected';
  organizationId: string | null;
  scopes: string[];
  /** OpenTrain may tell Work Emails: without it nobody can be invited. */
  piiConsent: boolean;
  connectedAt: number;
  /** When OpenTrain last confirmed it. */
  checkedAt: number;
  disconnectedAt: number | null;
  disconnectedReason: string | null;
}

export interface EndpointStatus {
  id: string;
  url: string;
  status: string;
  checkedAt: number;
  /** An old endpoint whose secret is still accepted until then; null for the current one. */
  retiringUntil: number | null;
}

export interface ConnectionStatus {
  install: InstallStatus | null;
  /** Where the token comes from; the environment wins. */
  token: 'environment' | 'store' | 'missing';
  endpoints: EndpointStatus[];
  lastDeliveryAt: number | null;
}

export interface OutageStatus {
  dependency: Dependency;
  since: number;
  error: string;
  retryAt: number;
}

const scopesSchema = z
  .string()
  .transform((text) => JSON.parse(text))
  .pipe(z.array(z.string()))
  .catch([]);

/** Whose grant we hold, and whether it stands, as last seen. */
export async function readConnection({ database, settings }: StoreContext): Promise<ConnectionStatus> {
  const install = await currentInstall(database);
  const stored = await database('secrets').where({ name: PARTNER_TOKEN }).first('name');
  const endpoints = await allWebhookEndpoints(database);
  const lastDelivery = await lastDeliveryAt(database);
  return {
    install: install
      ? {
          id: install.id,
          status: install.status,
          organizationId: install.organization_id,
          scopes: scopesSchema.parse(install.scopes),
          piiConsent: Boolean(install.pii_consent),
          connectedAt: install.connected_at,
          checkedAt: install.checked_at,
          disconnectedAt: install.disconnected_at,
          disconnectedReason: install.disconnected_reason,
        }
      : null,
    token: settings.openTrain.partnerToken ? 'environment' : stored ? 'store' : 'missing',
    endpoints: endpoints.map((row) => ({
      id: row.id,
      url: row.url,
      status: row.status,
      checkedAt: row.checked_at,
      retiringUntil: row.accepted_until,
    })),
    lastDeliveryAt: lastDelivery?.getTime() ?? null,
  };
}

/** What does not answer at the moment: work that needs it waits. */
export async function readOutages({ database }: StoreContext): Promise<OutageStatus[]> {
  const rows = await allOutages(database);
  return rows.map((row) => ({
    dependency: row.dependency,
    since: row.since,
    error: row.error,
    retryAt: row.retry_at,
  }));
}

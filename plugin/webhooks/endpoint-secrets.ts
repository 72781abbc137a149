/** The secrets that deliveries may be signed with, kept in memory for a few seconds. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { AdminError } from '../errors.ts';
import type { Keys } from '../keys.ts';
import type { Settings } from '../settings/settings.ts';
import type { Database } from '../store/database.ts';
import { readSecret } from '../store/secrets.ts';
import { allWebhookEndpoints, endpointSecretName, type WebhookEndpointRow } from './endpoint-rows.ts';

/** A secret made by another process is known here after this long at the latest … */
const KEPT_MS = 5_000;
/** … and, when a delivery comes that none of those known has signed, after this: anybody can post such deliveries. */
const KEPT_AT_LEAST_MS = 250;

export interface EndpointSecretParts {
  settings: Settings;
  database: Database;
  keys: Keys;
  clock: Clock;
  log: Logger;
}

export class EndpointSecrets {
  readonly #parts: EndpointSecretParts;
  #secrets: readonly string[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<readonly string[]> | null = null;

  constructor(parts: EndpointSecretParts) {
    this.#parts = parts;
  }

  /**
   * Secrets of the current endpoint and of those being retired; `fresh`: one that fits may have been made just now. Rejects
   * when the store cannot be read.
   */
  async accepted({ fresh = false } = {}): Promise<readonly string[]> {
    const age = this.#parts.clock.now().getTime() - this.#readAt;
    if (age >= 0 && age < (fresh ? KEPT_AT_LEAST_MS : KEPT_MS)) return this.#secrets;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<readonly string[]> {
    const { settings, database, clock } = this.#parts;
    const now = clock.now().getTime();
    const secrets: string[] = settings.openTrain.webhookSecret ? [settings.openTrain.webhookSecret] : [];
    for (const row of await allWebhookEndpoints(database)) {
      if (row.accepted_until !== null && row.accepted_until <= now) continue;
      const secret = await this.#secretOf(row);
      if (secret) secrets.push(secret);
    }
    this.#secrets = secrets;
    this.#readAt = now;
    return secrets;
  }

  /** One that was stored with another PLUGIN_SECRET must not make the others useless. */
  async #secretOf({ id }: WebhookEndpointRow): Promise<string | null> {
    const { database, keys, log } = this.#parts;
    try {
      return await readSecret(database, keys, endpointSecretName(id));
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      log.error({ endpoint: id, error: error.message, remedy: error.remedy }, 'a webhook secret cannot be read');
      return null;
    }
  }
}

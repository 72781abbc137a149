/** The secrets that deliveries may be signed with, kept in memory for a few seconds. */
import type { Clock } from '../clock.ts';
import type { Keys } from '../keys.ts';
import type { Settings } from '../settings.ts';
import type { Database } from '../store/database.ts';
import { endpointSecretName, readSecret } from '../store/secrets.ts';
import { allWebhookEndpoints } from '../store/webhook-endpoints.ts';

/** A secret made by another process is known here after this long at the latest. */
const KEPT_MS = 5_000;

export class EndpointSecrets {
  readonly #parts: { settings: Settings; database: Database; keys: Keys; clock: Clock };
  #secrets: readonly string[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<readonly string[]> | null = null;

  constructor(parts: { settings: Settings; database: Database; keys: Keys; clock: Clock }) {
    this.#parts = parts;
  }

  /** Secrets of the current endpoint and of those being retired. Rejects when the store cannot be read and none is known. */
  async accepted(): Promise<readonly string[]> {
    if (this.#parts.clock.now().getTime() - this.#readAt < KEPT_MS) return this.#secrets;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<readonly string[]> {
    const { settings, database, keys, clock } = this.#parts;
    const now = clock.now().getTime();
    const secrets: string[] = settings.openTrain.webhookSecret ? [settings.openTrain.webhookSecret] : [];
    for (const row of await allWebhookEndpoints(database)) {
      if (row.accepted_until !== null && row.accepted_until <= now) continue;
      const secret = await readSecret(database, keys, endpointSecretName(row.id));
      if (secret) secrets.push(secret);
    }
    this.#secrets = secrets;
    // Without any secret there is nothing to keep: the first one must be seen at once.
    this.#readAt = secrets.length > 0 ? now : Number.NEGATIVE_INFINITY;
    return secrets;
  }
}

/** The install: whose grant our token is, and whether it still stands. */
import { createHash } from 'node:crypto';
import type { Install } from '../platform/types.ts';
import type { Database } from '../store/database.ts';

export interface InstallRow {
  id: string;
  status: 'connected' | 'disconnected';
  organization_id: string | null;
  /** JSON array. */
  scopes: string;
  pii_consent: boolean | number;
  /** Tells a newly pasted token from the one that was refused, without keeping it. */
  token_fingerprint: string;
  connected_at: number;
  /** When an install of this id was connected for the first time, with whatever token. */
  first_connected_at: number;
  checked_at: number;
  disconnected_at: number | null;
  disconnected_reason: string | null;
}

/** A short, irreversible mark of a token. */
export function tokenFingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 16);
}

/** The install that was connected last, or undefined before the first connection. */
export async function currentInstall(database: Database): Promise<InstallRow | undefined> {
  return database<InstallRow>('installs').orderBy('connected_at', 'desc').first();
}

/** When the plugin was connected for the first time, whatever install that was; null before. */
export async function firstConnectedAt(database: Database): Promise<number | null> {
  const row = await database<InstallRow>('installs').orderBy('first_connected_at').first();
  return row?.first_connected_at ?? null;
}

/** Names the grant that we hold: its install and its token, as a reconnect may change either. null before the first connection. */
export async function currentGrant(database: Database): Promise<string | null> {
  const install = await currentInstall(database);
  return install ? `${install.id}/${install.token_fingerprint}` : null;
}

/** Records a successful check of the connection. With another token than before, the connection begins now. */
export async function saveInstall(database: Database, install: Install, token: string, at: Date): Promise<void> {
  const stored = await database<InstallRow>('installs').where({ id: install.id }).first();
  const fingerprint = tokenFingerprint(token);
  const sameToken = stored?.token_fingerprint === fingerprint;
  const row: InstallRow = {
    id: install.id,
    status: 'connected',
    organization_id: install.organizationId,
    scopes: JSON.stringify(install.scopes),
    pii_consent: install.piiConsent,
    token_fingerprint: fingerprint,
    connected_at: stored && sameToken ? stored.connected_at : await laterThanOthers(database, at),
    first_connected_at: stored?.first_connected_at ?? at.getTime(),
    checked_at: at.getTime(),
    disconnected_at: null,
    disconnected_reason: null,
  };
  await database<InstallRow>('installs').insert(row).onConflict('id').merge();
}

/** When a connection begins that was made at `at`: after every other one, also one of the same millisecond, as the last one counts. */
async function laterThanOthers(database: Database, at: Date): Promise<number> {
  const last = (await currentInstall(database))?.connected_at ?? Number.NEGATIVE_INFINITY;
  return Math.max(at.getTime(), last + 1);
}

/** Records that OpenTrain no longer accepts this install. Returns whether it was connected until now. */
export async function markDisconnected(database: Database, id: string, reason: string, at: Date): Promise<boolean> {
  const changed = await database<InstallRow>('installs')
    .where({ id, status: 'connected' })
    .update({ status: 'disconnected', disconnected_at: at.getTime(), disconnected_reason: reason });
  return changed > 0;
}

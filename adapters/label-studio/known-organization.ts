/**
 * The organization of the token's account. Any member can switch API tokens off for everybody: then the API tells nothing, and the
 * database alone says what the organization is, so that a plugin that starts at that moment still closes the accounts of those who must
 * go. Whether it is the right database is then known by its signs only, which the core compares (`ToolAdapter.readSigns`).
 */
import { z } from 'zod';
import type { ToolDatabase } from '../sql/tool-database.ts';
import { type Organization, readOrganization } from './api-calls.ts';
import { type ApiClient, TokenSwitchedOff } from './api-client.ts';

export interface KnownOrganization {
  organization: Organization;
  /** The API told it: it may be remembered. */
  isCertain: boolean;
}

/** Throws {@link TokenSwitchedOff} where the database does not tell it either, and whatever else the API's client throws. */
export async function knownOrganization(
  api: ApiClient,
  database: ToolDatabase | undefined,
): Promise<KnownOrganization> {
  try {
    return { organization: await readOrganization(api), isCertain: true };
  } catch (error) {
    if (!(error instanceof TokenSwitchedOff) || !database) throw error;
    const organization = await onlyOrganization(database).catch(() => null);
    if (!organization) throw error;
    return { organization, isCertain: false };
  }
}

const rowsSchema = z.array(z.object({ id: z.number(), owner_id: z.number(), email: z.string().toLowerCase() }));

/** The open-source edition has exactly one; null for none or several. */
export async function onlyOrganization(database: ToolDatabase): Promise<Organization | null> {
  const statement = `SELECT o.id, o.created_by_id AS owner_id, u.email
    FROM organization o JOIN htx_user u ON u.id = o.created_by_id ORDER BY o.id LIMIT 2`;
  const [row, ...more] = rowsSchema.parse(await database.query(statement, []));
  if (!row || more.length > 0) return null;
  return { id: row.id, ownerId: row.owner_id, userId: row.owner_id, userEmail: row.email, createdAt: null };
}

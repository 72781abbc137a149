/**
 * Every member may take the active organization away from any account, the owner's too (`PATCH /api/users/ID/`, measured on 1.23.2): the
 * API then shows that account no project, and answers 500 to the owner's token for the invite link. The database gives it back.
 */
import { isDatabaseFailure } from '../database-outage.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { AdapterOptions } from '../tool.ts';
import { missingFor } from './database-rights.ts';

/** Live members of the organization with an account that is open. */
const robbed = `active_organization_id IS NULL AND is_active AND id IN
  (SELECT user_id FROM organizations_organizationmember WHERE organization_id = $1 AND deleted_at IS NULL)`;

/** Their ids; `$1` is the organization. */
export const lostAccounts = `SELECT id FROM htx_user WHERE ${robbed}`;

/** Gives it back to every member who lost it. Nothing happens while the database is away or the role may not; throws nothing. */
export async function giveOrganizationBack(
  database: ToolDatabase,
  organizationId: number,
  log: AdapterOptions['log'],
): Promise<void> {
  try {
    const lost = await database.query(lostAccounts, [organizationId]);
    if (lost.length === 0) return;
    const remedy = (await missingFor(database, 'restore')).join(' ');
    if (remedy) return log.warn({ lost, remedy }, 'accounts of Label Studio lost their active organization');
    const given = await database.execute(`UPDATE htx_user SET active_organization_id = $1 WHERE ${robbed}`, [
      organizationId,
    ]);
    if (given < lost.length)
      log.warn({ lost, given }, 'a row rule keeps accounts of Label Studio without their organization');
    else log.warn({ lost }, 'accounts of Label Studio had lost their active organization: it was given back');
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
  }
}

/** What the plugin changes in Label Studio's database: three statements, each on the columns that its role may update. */
import { PasswordRefused, ToolRefused } from '../errors.ts';
import { djangoPasswordHash } from '../sql/django-password.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';

/** Django 5.2's count, on which Label Studio 1.23.2 is built. Another version hashes again at the next sign-in. */
const iterations = 1_000_000;

/** Ends sessions, both kinds of tokens and sign-in at once (measured on 1.23.2). */
export async function closeAccount(database: ToolDatabase, toolUserId: string): Promise<void> {
  await database.execute('UPDATE htx_user SET is_active = $1 WHERE id = $2', [false, Number(toolUserId)]);
}

/** Opens the account again and undoes the soft delete of its membership. False when it never was a member. */
export async function restoreMember(
  database: ToolDatabase,
  organizationId: number,
  toolUserId: string,
): Promise<boolean> {
  const id = Number(toolUserId);
  const restored = await database.execute(
    'UPDATE organizations_organizationmember SET deleted_at = NULL WHERE user_id = $1 AND organization_id = $2',
    [id, organizationId],
  );
  if (restored === 0) return false;
  await database.execute('UPDATE htx_user SET is_active = $1, active_organization_id = $2 WHERE id = $3', [
    true,
    organizationId,
    id,
  ]);
  return true;
}

/** Label Studio's only rule (1.23.2). */
const passwordLength = { least: 8, most: 128 };

/**
 * Sets the password, hashed the way Label Studio itself does. False when there is no such account. Throws {@link PasswordRefused} in Label
 * Studio's words for one that its sign-up would refuse.
 */
export async function changePassword(database: ToolDatabase, toolUserId: string, password: string): Promise<boolean> {
  const { least, most } = passwordLength;
  const length = [...password].length;
  if (length < least || length > most) {
    throw new PasswordRefused(`Please enter a password ${least}–${most} characters in length.`);
  }
  const hash = await djangoPasswordHash(password, iterations);
  const changed = await database.execute('UPDATE htx_user SET password = $1 WHERE id = $2', [hash, Number(toolUserId)]);
  return changed > 0;
}

/** Why an account is left as it is. */
export function privilegedRefusal(email: string): ToolRefused {
  return new ToolRefused(
    `${email} is the owner or an administrator of Label Studio, whose account the plugin does not change.`,
    'Use another Work Email for the trainer, or take the rights away in Label Studio.',
  );
}

/** Who has an account in Label Studio: from its database when it can be read, else as far as its API tells. */
import { z } from 'zod';
import type { ToolDatabase } from '../sql/tool-database.ts';
import { isOneOf, listParameter } from '../sql/value-list.ts';
import { type JoinedAccount, type Person, type ToolAccount, WHOLE_TOOL } from '../tool.ts';
import { type Organization, readMembers, readUsers } from './api-calls.ts';
import type { ApiClient } from './api-client.ts';

const flag = z.union([z.boolean(), z.number()]).transform(Boolean);
const rowSchema = z.object({
  id: z.number(),
  email: z.string(),
  is_active: flag,
  has_signed_in: flag,
  is_member: flag,
  is_privileged: flag,
});
const joinedSchema = rowSchema.extend({ joined_at: z.union([z.date(), z.string().transform(djangoDate)]) });

/** Naive UTC text, as Django writes it into SQLite. */
function djangoDate(text: string): Date {
  return new Date(`${text.replace(' ', 'T')}Z`);
}

/**
 * The columns of {@link rowSchema}; `$1` is the organization. Signing up signs in, so whoever never did has no password to do it with
 * (the API makes such accounts), or one that was set for them.
 */
const accountColumns = `
    u.id, lower(u.email) AS email, u.is_active,
    u.last_login IS NOT NULL AS has_signed_in,
    EXISTS (SELECT 1 FROM organizations_organizationmember m
            WHERE m.user_id = u.id AND m.organization_id = $1 AND m.deleted_at IS NULL) AS is_member,
    (u.is_superuser OR u.is_staff
     OR EXISTS (SELECT 1 FROM organization o WHERE o.created_by_id = u.id)) AS is_privileged`;

function toAccount(row: z.infer<typeof rowSchema>): ToolAccount {
  return {
    toolUserId: String(row.id),
    email: row.email,
    places: row.is_member ? [WHOLE_TOOL] : [],
    closed: !row.is_active,
    hasPassword: row.has_signed_in,
    privileged: row.is_privileged,
  };
}

/** One statement for any number of people, by id or by lower-case e-mail. No password hash is read. */
export async function accountsFromDatabase(
  database: ToolDatabase,
  organizationId: number,
  people: readonly Person[],
): Promise<ToolAccount[]> {
  const { ids, emails } = wanted(people);
  const statement = `
    SELECT ${accountColumns}
    FROM htx_user u
    WHERE ${isOneOf(database.dialect, 'u.id', '$2', 'integer')}
       OR ${isOneOf(database.dialect, 'lower(u.email)', '$3', 'text')}`;
  const rows = await database.query(statement, [organizationId, listParameter(ids), listParameter(emails)]);
  return z.array(rowSchema).parse(rows).map(toAccount);
}

/** Everybody whose account was made at or after this instant, in that order, which is the index's. */
export async function joinedFromDatabase(
  database: ToolDatabase,
  organizationId: number,
  since: Date,
): Promise<JoinedAccount[]> {
  const statement = `
    SELECT ${accountColumns}, u.date_joined AS joined_at
    FROM htx_user u WHERE u.date_joined >= $2 ORDER BY u.date_joined, u.id`;
  const rows = z.array(joinedSchema).parse(await database.query(statement, [organizationId, since]));
  return rows.map((row) => ({ ...toAccount(row), joinedAt: row.joined_at }));
}

/** The same from the list of users, which holds the members of today. */
export async function joinedFromApi(api: ApiClient, organization: Organization, since: Date): Promise<JoinedAccount[]> {
  const users = (await readUsers(api)).filter(({ joinedAt }) => joinedAt >= since);
  const people = users.map(({ userId, email }) => ({ toolUserId: String(userId), email }));
  const accounts = people.length === 0 ? [] : await accountsFromApi(api, organization, people);
  return accounts.flatMap((account) => {
    const user = users.find(({ userId }) => String(userId) === account.toolUserId);
    return user ? [{ ...account, joinedAt: user.joinedAt }] : [];
  });
}

/**
 * The same from the list of members. It hides the e-mail address of a removed one, so that only an id finds them, and tells
 * neither whether an account is closed nor whether it has a password.
 */
export async function accountsFromApi(
  api: ApiClient,
  organization: Organization,
  people: readonly Person[],
): Promise<ToolAccount[]> {
  const { ids, emails } = wanted(people);
  const members = await readMembers(api, organization.id);
  return members
    .filter(({ userId, email, removed }) => ids.includes(userId) || (!removed && emails.includes(email.toLowerCase())))
    .map(({ userId, email, removed }) => ({
      toolUserId: String(userId),
      email: removed ? null : email.toLowerCase(),
      places: removed ? [] : [WHOLE_TOOL],
      closed: null,
      hasPassword: null,
      privileged: userId === organization.ownerId,
    }));
}

function wanted(people: readonly Person[]): { ids: number[]; emails: string[] } {
  const ids: number[] = [];
  const emails: string[] = [];
  for (const { toolUserId, email } of people) {
    if (toolUserId === null) emails.push(email.toLowerCase());
    else if (/^\d{1,9}$/.test(toolUserId)) ids.push(Number(toolUserId));
  }
  return { ids, emails };
}

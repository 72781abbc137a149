/**
 * What the plugin reads and writes in doccano's own database. Accounts are closed and opened here, since the API cannot; the
 * statements themselves leave staff, superusers and project admins alone.
 */
import { z } from 'zod';
import { djangoPasswordHash } from '../sql/django-password.ts';
import type { Privilege, ToolDatabase } from '../sql/tool-database.ts';

/** Django 4.2's number: a sign-in with fewer would re-hash, with more would be slower than the rest. */
const passwordIterations = 600_000;

/** The label tables, one for each kind of label. */
export const labelTables = [
  'labels_category',
  'labels_span',
  'labels_textlabel',
  'labels_relation',
  'labels_boundingbox',
  'labels_segmentation',
] as const;

const labelTypeTables = ['label_types_categorytype', 'label_types_spantype', 'label_types_relationtype'];

const accountColumns = ['id', 'username', 'email', 'is_active', 'is_staff', 'is_superuser', 'date_joined'];

/** What the database role needs for each thing that is done here, and nothing more. */
export const privileges = {
  accounts: [
    { privilege: 'SELECT', table: 'auth_user', columns: accountColumns },
    { privilege: 'SELECT', table: 'projects_member', columns: ['project_id', 'user_id', 'role_id'] },
    { privilege: 'SELECT', table: 'roles_role', columns: ['id', 'name'] },
  ],
  tally: [
    { privilege: 'SELECT', table: 'auth_user', columns: ['id', 'email'] },
    { privilege: 'SELECT', table: 'examples_example', columns: ['id', 'project_id'] },
    {
      privilege: 'SELECT',
      table: 'examples_examplestate',
      columns: ['example_id', 'confirmed_by_id', 'confirmed_at'],
    },
    ...labelTables.map((table): Privilege => {
      return { privilege: 'SELECT', table, columns: ['example_id', 'user_id', 'created_at'] };
    }),
  ],
  /** To name the rows that were counted. */
  explain: [
    { privilege: 'SELECT', table: 'examples_examplestate', columns: ['id'] },
    ...labelTables.map((table): Privilege => ({ privilege: 'SELECT', table, columns: ['id'] })),
  ],
  /** To see to which project a comment or a type of label belongs; for the gateway. */
  lookups: [
    { privilege: 'SELECT', table: 'examples_comment', columns: ['id', 'example_id', 'user_id'] },
    ...labelTypeTables.map((table): Privilege => ({ privilege: 'SELECT', table, columns: ['id', 'project_id'] })),
  ],
  /** To recognise the database. */
  projects: [{ privilege: 'SELECT', table: 'projects_project', columns: ['id', 'created_at'] }],
  closeAccount: [{ privilege: 'UPDATE', table: 'auth_user', columns: ['is_active'] }],
  setPassword: [{ privilege: 'UPDATE', table: 'auth_user', columns: ['password'] }],
  endKeys: [
    { privilege: 'SELECT', table: 'authtoken_token', columns: ['user_id'] },
    { privilege: 'DELETE', table: 'authtoken_token' },
  ],
} as const satisfies Record<string, readonly Privilege[]>;

/**
 * The lines that make a PostgreSQL role with just these rights, to be run as the database's owner. The conformance suite runs
 * with such a role. It cannot read password hashes, texts or labels.
 */
export function databaseRoleSql(role: string): string[] {
  const wanted: readonly Privilege[] = [
    ...privileges.accounts,
    ...privileges.tally.slice(1).map(withId),
    ...privileges.lookups,
    ...privileges.projects,
    { privilege: 'UPDATE', table: 'auth_user', columns: ['is_active', 'password'] },
    ...privileges.endKeys,
  ];
  return [
    `GRANT USAGE ON SCHEMA public TO ${role};`,
    ...wanted.map(({ privilege, table, columns }) => {
      return `GRANT ${privilege}${columns ? ` (${columns.join(', ')})` : ''} ON ${table} TO ${role};`;
    }),
  ];
}

/** The column that `explain` needs, in the same line. */
function withId(tallied: Privilege): Privilege {
  const isNamed = privileges.explain.some(({ table }) => table === tallied.table);
  return isNamed ? { ...tallied, columns: ['id', ...(tallied.columns ?? [])] } : tallied;
}

/** What the role at hand may do; for what it may not, the lines that would allow it. */
export interface DatabaseRights {
  accounts: boolean;
  tally: boolean;
  explain: boolean;
  lookups: boolean;
  projects: boolean;
  closeAccount: boolean;
  setPassword: boolean;
  endKeys: boolean;
  missing: Readonly<Record<keyof typeof privileges, readonly string[]>>;
}

/** Asks the database what its role may do. */
export async function readRights(database: ToolDatabase): Promise<DatabaseRights> {
  const missing = {
    accounts: await database.missingPrivileges(privileges.accounts),
    tally: await database.missingPrivileges(privileges.tally),
    explain: await database.missingPrivileges([...privileges.tally, ...privileges.explain]),
    lookups: await database.missingPrivileges([...privileges.tally, ...privileges.explain, ...privileges.lookups]),
    projects: await database.missingPrivileges(privileges.projects),
    closeAccount: await database.missingPrivileges([...privileges.accounts, ...privileges.closeAccount]),
    setPassword: await database.missingPrivileges([...privileges.accounts, ...privileges.setPassword]),
    endKeys: await database.missingPrivileges([
      ...privileges.accounts,
      ...privileges.setPassword,
      ...privileges.endKeys,
    ]),
  };
  return {
    accounts: missing.accounts.length === 0,
    tally: missing.tally.length === 0,
    explain: missing.explain.length === 0,
    lookups: missing.lookups.length === 0,
    projects: missing.projects.length === 0,
    closeAccount: missing.closeAccount.length === 0,
    setPassword: missing.setPassword.length === 0,
    endKeys: missing.endKeys.length === 0,
    missing,
  };
}

const flag = z.union([z.boolean(), z.number()]).transform(Boolean);
const accountRowSchema = z.object({
  id: z.number(),
  username: z.string(),
  email: z.string(),
  is_active: flag,
  is_staff: flag,
  is_superuser: flag,
  project_id: z.number().nullable(),
  role: z.string().nullable(),
  joined_at: z.union([z.date(), z.string().transform((text) => new Date(`${text.replace(' ', 'T')}Z`))]),
});
export type AccountRow = z.infer<typeof accountRowSchema>;

/** How many people one statement asks for. */
const peopleAtOnce = 500;

const selectAccounts = `
    SELECT account.id, account.username, account.email, account.is_active, account.is_staff, account.is_superuser,
           account.date_joined AS joined_at, member.project_id, role.name AS role
    FROM auth_user account
    LEFT JOIN projects_member member ON member.user_id = account.id
    LEFT JOIN roles_role role ON role.id = member.role_id`;

/**
 * One row for each membership (or one without, for an account that has none) of the accounts with these ids or addresses.
 * The address is the column `email`, which people cannot change themselves; the sign-in name they can.
 */
export async function readAccountRows(
  database: ToolDatabase,
  ids: readonly number[],
  emails: readonly string[],
): Promise<AccountRow[]> {
  const rows: AccountRow[] = [];
  for (let start = 0; start < Math.max(ids.length, emails.length); start += peopleAtOnce) {
    const someIds = ids.slice(start, start + peopleAtOnce);
    const someEmails = emails.slice(start, start + peopleAtOnce);
    const idList = placeholders(someIds.length, 1);
    const emailList = placeholders(someEmails.length, 1 + someIds.length);
    const statement = `${selectAccounts} WHERE account.id IN (${idList}) OR lower(account.email) IN (${emailList})`;
    rows.push(...z.array(accountRowSchema).parse(await database.query(statement, [...someIds, ...someEmails])));
  }
  return rows;
}

/** The same of the accounts that were made at or after this instant. */
export async function readJoinedRows(database: ToolDatabase, since: Date): Promise<AccountRow[]> {
  const statement = `${selectAccounts} WHERE account.date_joined >= $1 ORDER BY account.id`;
  return z.array(accountRowSchema).parse(await database.query(statement, [since]));
}

export interface SignInName {
  id: number;
  username: string;
  email: string;
}

/** The accounts that sign in with this name, or (without a name) with an address that is not their own. */
export async function readSignInNames(database: ToolDatabase, username?: string): Promise<SignInName[]> {
  const condition =
    username === undefined ? "username LIKE '%@%' AND lower(username) <> lower(email)" : 'lower(username) = $1';
  const statement = `SELECT id, username, email FROM auth_user WHERE ${condition} ORDER BY id`;
  const rows = await database.query(statement, username === undefined ? [] : [username.toLowerCase()]);
  return z.array(z.object({ id: z.number(), username: z.string(), email: z.string() })).parse(rows);
}

/** `$3, $4`; NULL for an empty list, since `IN ()` is no SQL. */
export function placeholders(count: number, first: number): string {
  return Array.from({ length: count }, (_, index) => `$${first + index}`).join(', ') || 'NULL';
}

/** Any other role may be the one that administers projects, under another name. */
export const ordinaryRoles: readonly string[] = ['annotator', 'annotation_approver'];

/** Somebody whom the plugin may change. */
const ordinary = `NOT is_staff AND NOT is_superuser AND NOT EXISTS (
    SELECT 1 FROM projects_member member JOIN roles_role role ON role.id = member.role_id
    WHERE member.user_id = auth_user.id AND role.name NOT IN (${ordinaryRoles.map((name) => `'${name}'`).join(', ')}))`;

/** Opens or closes an account: a closed one cannot sign in, and its sessions and tokens are refused at once (measured). */
export async function setActive(database: ToolDatabase, userId: number, active: boolean): Promise<void> {
  await database.execute(`UPDATE auth_user SET is_active = $2 WHERE id = $1 AND ${ordinary}`, [userId, active]);
}

/** Whether there was such an account (and the plugin may change it). Its sessions end; its API token stays. */
export async function setPassword(database: ToolDatabase, userId: number, password: string): Promise<boolean> {
  const hash = await djangoPasswordHash(password, passwordIterations);
  const statement = `UPDATE auth_user SET password = $2 WHERE id = $1 AND ${ordinary}`;
  return (await database.execute(statement, [userId, hash])) === 1;
}

/** Ends the API token of this account: the next sign-in makes another one. */
export async function endTokens(database: ToolDatabase, userId: number): Promise<void> {
  const statement = `DELETE FROM authtoken_token
    WHERE user_id = $1 AND EXISTS (SELECT 1 FROM auth_user WHERE id = $1 AND ${ordinary})`;
  await database.execute(statement, [userId]);
}

/** The sign-in name of the account with this id, or null: to see whether it is the database of the doccano at hand. */
export async function readUsername(database: ToolDatabase, userId: number): Promise<string | null> {
  const rows = await database.query('SELECT username FROM auth_user WHERE id = $1', [userId]);
  return z.array(z.object({ username: z.string() })).parse(rows)[0]?.username ?? null;
}

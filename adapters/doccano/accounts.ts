/**
 * Accounts and memberships. Membership is per project, with a role: we give `annotator` and take away only that, so what an
 * admin gave by hand (another role) stays. Staff, superusers and whoever administers a project are never changed.
 */
import PQueue from 'p-queue';
import { isDatabaseFailure } from '../database-outage.ts';
import { AccountExists, PasswordRefused, ToolRefused, ToolUnable } from '../errors.ts';
import type { JoinedAccount, NewMember, Person, ToolAccount } from '../tool.ts';
import { fieldErrors, userSchema, wordsOf } from './api.ts';
import type { Connection } from './connection.ts';
import {
  type AccountRow,
  ordinaryRoles,
  readAccountRows,
  readJoinedRows,
  readSignInNames,
  setActive,
} from './database.ts';
import { insistOnSameTool } from './same-tool.ts';

export const annotatorRole = 'annotator';

/** Questions to doccano at a time, where it takes one for each project. */
const callsAtOnce = 4;

export interface Account {
  id: number;
  /** The sign-in name: the Work Email, unless they changed it (doccano lets everybody do that). */
  username: string;
  /** Lower case; null without the database: a sign-in name may be anybody's address. */
  email: string | null;
  /** null where only the API is at hand. */
  active: boolean | null;
  privileged: boolean;
  memberships: readonly { projectId: string; role: string }[];
}

/** Everybody with one of these ids or addresses. */
export async function readAccounts(
  connection: Connection,
  ids: readonly number[],
  emails: readonly string[],
): Promise<Account[]> {
  const rows = await readRowsIfUp(connection, ids, emails);
  return rows ? accountsOf(rows) : readAccountsFromApi(connection, ids);
}

function accountsOf(rows: readonly AccountRow[]): Account[] {
  const accounts = new Map<number, Account & { memberships: { projectId: string; role: string }[] }>();
  for (const row of rows) {
    const account = accounts.get(row.id) ?? {
      id: row.id,
      username: row.username,
      email: row.email === '' ? null : row.email.toLowerCase(),
      active: row.is_active,
      privileged: row.is_staff || row.is_superuser,
      memberships: [],
    };
    if (row.project_id !== null && row.role !== null) {
      account.memberships.push({ projectId: String(row.project_id), role: row.role });
      account.privileged ||= !ordinaryRoles.includes(row.role);
    }
    accounts.set(row.id, account);
  }
  return [...accounts.values()];
}

/** From the database; null where it may not be read, or cannot be at this moment. */
async function readRowsIfUp(connection: Connection, ids: readonly number[], emails: readonly string[]) {
  const opened = await connection.databaseIfUp();
  if (!opened?.rights.accounts) return null;
  try {
    return await readAccountRows(opened.database, ids, emails);
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    connection.forgetRights();
    return null;
  }
}

/** See `ToolAdapter.listJoined`: only the database tells when an account was made. */
export async function listJoined(connection: Connection, since: Date): Promise<JoinedAccount[] | null> {
  const opened = await connection.database();
  if (!opened?.rights.accounts) return null;
  const rows = await readJoinedRows(opened.database, since);
  const joined = new Map(rows.map((row) => [row.id, row.joined_at]));
  return accountsOf(rows).map((account) => {
    return { ...toToolAccount(account), joinedAt: joined.get(account.id) ?? since };
  });
}

/**
 * Without the database there is one question for each project, and e-mail addresses are not told. Nobody is found by the sign-in
 * name: everybody can change theirs to somebody else's address.
 */
async function readAccountsFromApi(connection: Connection, ids: readonly number[]): Promise<Account[]> {
  if (ids.length === 0) return [];
  const wanted = new Set(ids);
  const users = (await connection.api.users()).filter(({ id }) => wanted.has(id));
  if (users.length === 0) return [];
  const queue = new PQueue({ concurrency: callsAtOnce });
  const projects = await connection.api.projects();
  const members = await queue.addAll(
    projects.map((project) => async () => {
      const found = await connection.api.members(String(project.id));
      return found.map(({ user, rolename }) => ({ user, projectId: String(project.id), role: rolename }));
    }),
  );
  return users.map((user) => {
    const memberships = members.flat().filter((member) => member.user === user.id);
    return {
      id: user.id,
      username: user.username,
      email: null,
      active: null,
      privileged: user.is_staff || user.is_superuser || memberships.some(({ role }) => !ordinaryRoles.includes(role)),
      memberships: memberships.map(({ projectId, role }) => ({ projectId, role })),
    };
  });
}

/** The account with this id, or null when there is none. */
export async function readAccount(connection: Connection, toolUserId: string): Promise<Account | null> {
  const id = idOf(toolUserId);
  if (id === null) return null;
  const accounts = await readAccounts(connection, [id], []);
  return accounts[0] ?? null;
}

/** See `ToolAdapter.findAccounts`: by id, and by address for whom no id is known or the id is gone. */
export async function findAccounts(connection: Connection, people: readonly Person[]): Promise<ToolAccount[]> {
  const ids = people.flatMap(({ toolUserId }) => (toolUserId === null ? [] : (idOf(toolUserId) ?? [])));
  const emails = people.map(({ email }) => email.toLowerCase());
  const accounts = await readAccounts(connection, ids, emails);
  const found = people.map(
    (person) =>
      accounts.find(({ id }) => String(id) === person.toolUserId) ??
      accounts.find(({ email }) => email === person.email.toLowerCase()),
  );
  return [...new Set(found)].flatMap((account) => (account ? toToolAccount(account) : []));
}

function toToolAccount(account: Account): ToolAccount {
  return {
    toolUserId: String(account.id),
    email: account.email,
    places: account.memberships.map(({ projectId }) => projectId),
    closed: account.active === null ? null : !account.active,
    // Not told: the plugin's database role may write passwords, not read them.
    hasPassword: null,
    privileged: account.privileged,
    ...(account.username.toLowerCase() === account.email ? {} : { signInName: account.username }),
  };
}

/** See `ToolAdapter.createMember`. The sign-in name is the Work Email, or another where somebody has taken that. */
export async function createMember(connection: Connection, member: NewMember): Promise<ToolAccount> {
  const email = member.email.toLowerCase();
  await insistOnProjects(connection, member.places);
  // A doccano without the role refuses before there is an account that nobody can use.
  if (member.places.length > 0) await connection.api.roleId(annotatorRole);
  const id = await createUser(connection, email, member.password);
  await addMemberships(connection, id, member.places);
  const [joined] = await findAccounts(connection, [{ toolUserId: String(id), email }]);
  if (joined) return joined;
  throw new ToolRefused(`doccano made no account for ${email}.`, 'Look at the log of doccano.');
}

/** Makes the account: its id. */
async function createUser(connection: Connection, email: string, password: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const username = attempt === 1 ? email : email.replace('@', `.${attempt}@`);
    const answer = await connection.api.createUser({ username, email, password });
    if (answer.status !== 400) return userSchema.parse(answer.body).id;
    const { username: name = '', email: address = '', ...others } = fieldErrors(answer);
    if (/already/.test(address)) throw new AccountExists(`${email} has an account in doccano already.`);
    if (/already/.test(name)) {
      await insistOnRenamed(connection, username, email);
      if (attempt < mostSignInNames) continue;
    }
    if (name || address) {
      throw new ToolRefused(
        `doccano refuses ${email} as a sign-in name: ${name || address}`,
        'doccano takes letters, digits and @ . + - _ there: this trainer needs another Work Email.',
      );
    }
    if ('password1' in others || 'non_field_errors' in others) throw new PasswordRefused(wordsOf(answer));
    throw new ToolRefused(`doccano refuses the account: ${wordsOf(answer)}`, 'Look at the log of doccano.');
  }
}

/** So many other sign-in names are tried where somebody took the Work Email as theirs. */
const mostSignInNames = 20;

/** Goes on only where the account that has this sign-in name is somebody else's by its e-mail address, which they cannot change. */
async function insistOnRenamed(connection: Connection, username: string, email: string): Promise<void> {
  const opened = await connection.database();
  const [holder] = opened?.rights.accounts ? await readSignInNames(opened.database, username) : [];
  if (holder && holder.email.toLowerCase() !== email) {
    const { id, email: address } = holder;
    connection.options.log.warn(
      { account: id, address, username },
      'a sign-in name in doccano is somebody else’s Work Email',
    );
    return;
  }
  const remedy = holder
    ? ''
    : `An account in doccano signs in as ${username}; whose it is shows only in doccano’s /admin, Users. If somebody renamed theirs, give it its own name back; or set TOOL_DATABASE_URL, and the trainer gets another sign-in name.`;
  throw new AccountExists(`${email} has an account in doccano already.`, remedy);
}

/** See `ToolAdapter.grant`. Somebody who is in a project with another role is left with that one. */
export async function grantAccess(
  connection: Connection,
  access: { toolUserId: string; email: string; places: readonly string[] },
): Promise<void> {
  const account = await readAccount(connection, access.toolUserId);
  if (!account) throw new ToolRefused(`${access.email} has no account in doccano any more.`, 'Invite them again.');
  insistOnOrdinary(account, access.email);
  await insistOnProjects(connection, access.places);
  if (account.active === false) await openAccount(connection, account, access.email);
  await addMemberships(connection, account.id, access.places);
}

async function openAccount(connection: Connection, account: Account, email: string): Promise<void> {
  const opened = await connection.database();
  if (!opened?.rights.closeAccount) {
    const lines = opened?.rights.missing.closeAccount.join(' ') ?? '';
    throw new ToolUnable(
      'restore',
      `The account of ${email} in doccano is closed, and the plugin may not open it.`,
      `Open it by hand (doccano’s /admin, Users, “Active”), or as the database's owner run: ${lines}`,
    );
  }
  await insistOnSameTool(connection);
  await setActive(opened.database, account.id, true);
}

async function addMemberships(connection: Connection, userId: number, places: readonly string[]): Promise<void> {
  const { api } = connection;
  const missing: string[] = [];
  for (const place of places) {
    if ((await api.members(place, userId)).length === 0) missing.push(place);
  }
  if (missing.length === 0) return;
  const role = await api.roleId(annotatorRole);
  for (const place of missing) {
    await api.addMember(place, userId, role);
    if ((await api.members(place, userId)).length > 0) continue;
    throw new ToolRefused(`doccano did not take the account ${userId} into project ${place}.`, 'Is the project there?');
  }
}

async function insistOnProjects(connection: Connection, projectIds: readonly string[]): Promise<void> {
  for (const projectId of projectIds) {
    if (await connection.api.project(projectId)) continue;
    throw new ToolRefused(`doccano has no project ${projectId}.`, 'Remove its project link, or link another project.');
  }
}

/** Throws ToolRefused for staff, superusers and project admins: the plugin never changes them. */
export function insistOnOrdinary(account: Account, email: string): void {
  if (!account.privileged) return;
  throw new ToolRefused(
    `${email} is staff, a superuser or a project's admin in doccano, and is left as it is.`,
    'Change this account by hand in doccano if that is meant.',
  );
}

/** doccano's number for this account, or null for what is none of its ids. */
export function idOf(toolUserId: string): number | null {
  return /^\d{1,9}$/.test(toolUserId) ? Number(toolUserId) : null;
}

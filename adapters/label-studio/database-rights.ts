/** What the plugin may do in Label Studio's database, and what an admin must grant for the rest. */
import { databaseRemedy, isDatabaseFailure } from '../database-outage.ts';
import { quotedName } from '../sql/grants.ts';
import { isPostgresUrl, readPostgresUrl } from '../sql/postgres-url.ts';
import type { Privilege, ToolDatabase } from '../sql/tool-database.ts';
import type { Capabilities, CapabilityRemedies } from '../tool.ts';
import { hasPersonalTokens, legacyTokens, missingSequenceGrant, personalTokens, tokenSequence } from './keys.ts';
import { offersPersonalTokens } from './versions.ts';

export const databaseCapabilities = ['tally', 'closeAccount', 'restore', 'setPassword', 'endKeys'] as const;
export type DatabaseCapability = (typeof databaseCapabilities)[number];

const readTables = ['htx_user', 'project', 'organization', 'organizations_organizationmember', 'task_completion'];
const reads: readonly Privilege[] = readTables.map((table) => ({ privilege: 'SELECT', table }));
const closes: Privilege = { privilege: 'UPDATE', table: 'htx_user', columns: ['is_active'] };
const resets: Privilege = { privilege: 'UPDATE', table: 'htx_user', columns: ['password'] };
const reopens: Privilege = { privilege: 'UPDATE', table: 'htx_user', columns: ['is_active', 'active_organization_id'] };
const readmits: Privilege = {
  privilege: 'UPDATE',
  table: 'organizations_organizationmember',
  columns: ['deleted_at'],
};

/** What each capability needs in the database (measured: without any of these it is "permission denied"). */
const needs: Readonly<Record<DatabaseCapability, readonly Privilege[]>> = {
  tally: reads,
  closeAccount: [...reads, closes],
  restore: [...reads, reopens, readmits],
  setPassword: [...reads, resets],
  endKeys: [...reads, resets, ...legacyTokens],
};

export interface GrantOptions {
  readOnly?: boolean;
  /** Of Label Studio: an old one lacks tables that a GRANT must not name. Default: the newest. */
  version?: string;
}

/** The statements, one a line, that give a role on PostgreSQL just what the plugin needs; run them as the database's owner. */
export function grantStatements(role: string, options: GrantOptions = {}): string[] {
  const statements = [
    `GRANT USAGE ON SCHEMA public TO ${role};`,
    `GRANT SELECT ON ${readTables.join(', ')} TO ${role};`,
  ];
  return options.readOnly ? statements : [...statements, ...updateGrants(role), ...keyGrants(role, options.version)];
}

/** The two lines that make the difference between a partial removal and a whole one. */
export function updateGrants(role: string): string[] {
  return [
    `GRANT UPDATE (is_active, password, active_organization_id) ON htx_user TO ${role};`,
    `GRANT UPDATE (deleted_at) ON organizations_organizationmember TO ${role};`,
  ];
}

/** The lines that let the plugin end the tokens of an account. The tokens themselves stay unreadable. */
function keyGrants(role: string, version: string | undefined): string[] {
  const grant = ({ privilege, table, columns }: Privilege): string =>
    `GRANT ${privilege}${columns ? ` (${columns.join(', ')})` : ''} ON ${table} TO ${role};`;
  if (version !== undefined && !offersPersonalTokens(version)) return legacyTokens.map(grant);
  return [...personalTokens, ...legacyTokens].map(grant).concat(`GRANT USAGE ON SEQUENCE ${tokenSequence} TO ${role};`);
}

export interface DatabaseRights {
  capabilities: Pick<Capabilities, DatabaseCapability>;
  remedies: CapabilityRemedies;
}

/** Looks at the privileges that are held at this moment. Throws when the database does not answer or lets nobody in. */
export async function readRights(database: ToolDatabase | undefined, version?: string): Promise<DatabaseRights> {
  const capabilities = { tally: false, closeAccount: false, restore: false, setPassword: false, endKeys: false };
  const remedies: CapabilityRemedies = {};
  for (const capability of databaseCapabilities) {
    const missing = await missingFor(database, capability, version);
    capabilities[capability] = missing.length === 0;
    if (missing.length > 0) remedies[capability] = missing.join(' ');
  }
  return { capabilities, remedies };
}

/** The same, where a database that is away or lets nobody in gives no rights, and says why. */
export async function rightsAtThisMoment(
  database: ToolDatabase | undefined,
  version: string,
): Promise<DatabaseRights & { databaseProblem?: string }> {
  try {
    return await readRights(database, version);
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    const databaseProblem = databaseRemedy(error);
    return {
      capabilities: { tally: false, closeAccount: false, restore: false, setPassword: false, endKeys: false },
      remedies: Object.fromEntries(databaseCapabilities.map((capability) => [capability, databaseProblem])),
      databaseProblem,
    };
  }
}

/** The rights that this capability lacks at this moment, as remedies; empty when it can be used. */
export async function missingFor(
  database: ToolDatabase | undefined,
  capability: DatabaseCapability,
  version?: string,
): Promise<string[]> {
  if (!database) return [noDatabaseRemedy(version)];
  const missing = await database.missingPrivileges(needs[capability]);
  if (capability !== 'endKeys' || !(await hasPersonalTokens(database))) return missing;
  const lacking = await database.missingPrivileges(personalTokens);
  return [...missing, ...lacking, ...(lacking.length === 0 ? await missingSequenceGrant(database) : [])];
}

function noDatabaseRemedy(version: string | undefined): string {
  return [
    'Set TOOL_DATABASE_URL to Label Studio’s own database: sqlite:/PATH/label_studio.sqlite3, or, on PostgreSQL, a role',
    `with these rights: ${grantStatements('opentrain_plugin', version === undefined ? {} : { version }).join(' ')}`,
  ].join(' ');
}

/** How to close what is left of one person's access, in the two SQL lines that the plugin was not allowed to run itself. */
export function closingRemedy(databaseUrl: string | undefined): string {
  if (databaseUrl?.startsWith('sqlite:')) {
    return 'Let the plugin’s user write Label Studio’s SQLite file and its directory; the next reconcile closes it.';
  }
  const lines = updateGrants(roleOf(databaseUrl)).join(' ');
  return databaseUrl
    ? `Run these two lines as the database’s owner, and the next reconcile closes it: ${lines}`
    : `Set TOOL_DATABASE_URL; on PostgreSQL its role also needs these two lines: ${lines}`;
}

function roleOf(databaseUrl: string | undefined): string {
  const role =
    databaseUrl && isPostgresUrl(databaseUrl) ? readPostgresUrl(databaseUrl, 'TOOL_DATABASE_URL').user : undefined;
  return quotedName(role ?? 'opentrain_plugin');
}

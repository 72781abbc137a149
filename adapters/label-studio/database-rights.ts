/** What the plugin may do in Label Studio's database, and what an admin must grant for the rest. */
import { databaseRemedy, isDatabaseFailure } from '../database-outage.ts';
import { grantLine, mergedPrivileges, quotedName } from '../sql/grants.ts';
import { isPostgresUrl, readPostgresUrl } from '../sql/postgres-url.ts';
import type { Privilege, ToolDatabase } from '../sql/tool-database.ts';
import type { Capabilities, CapabilityRemedies } from '../tool.ts';
import { comesWith } from './columns.ts';
import { hasPersonalTokens, legacyTokens, missingSequenceGrant, personalTokens, tokenSequence } from './keys.ts';
import { changes, lookups, reads } from './statement-rights.ts';
import { offersPersonalTokens } from './versions.ts';

export const databaseCapabilities = ['tally', 'closeAccount', 'restore', 'setPassword', 'endKeys'] as const;
export type DatabaseCapability = (typeof databaseCapabilities)[number];

/** What each capability needs in the database (measured: without any of these it is "permission denied"). */
const needs: Readonly<Record<DatabaseCapability, readonly Privilege[]>> = {
  tally: reads,
  closeAccount: [...reads, ...changes.closeAccount],
  restore: [...reads, ...changes.restoreMember],
  setPassword: [...reads, ...changes.changePassword],
  endKeys: [...reads, ...changes.changePassword, ...legacyTokens],
};

export interface GrantOptions {
  readOnly?: boolean;
  /** Of Label Studio: an old one lacks tables that a GRANT must not name. Default: the newest. */
  version?: string;
}

/** The statements, one a line, that give a role on PostgreSQL just what the plugin needs; run them as the database's owner. */
export function grantStatements(role: string, options: GrantOptions = {}): string[] {
  const { readOnly = false, version } = options;
  const wanted = readOnly ? reads : [...reads, ...mergedPrivileges(Object.values(changes).flat()), ...keys(version)];
  const lines = wanted.map((right) => grantOf(right, role, version));
  const numbersTokens = !readOnly && (version === undefined || offersPersonalTokens(version));
  return [
    `GRANT USAGE ON SCHEMA public TO ${quotedName(role)};`,
    ...lines,
    ...(numbersTokens ? [`GRANT USAGE ON SEQUENCE ${tokenSequence} TO ${quotedName(role)};`] : []),
  ];
}

/** The lines that let the role look up what a request through the gateway is about. */
export function lookupGrants(role: string): string[] {
  return lookups.map((right) => grantOf(right, role, undefined));
}

/** To end the tokens of an account. The tokens themselves stay unreadable. */
function keys(version: string | undefined): readonly Privilege[] {
  return version !== undefined && !offersPersonalTokens(version) ? legacyTokens : [...personalTokens, ...legacyTokens];
}

function grantOf({ privilege, table, columns = [], ifThere = [] }: Privilege, role: string, version?: string): string {
  const there = ifThere.filter((column) => version === undefined || comesWith(version, column));
  return grantLine(privilege, table, [...columns, ...there], role);
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
  const role = roleOf(databaseUrl);
  // The two lines that make the difference between a partial removal and a whole one.
  const lines = mergedPrivileges(Object.values(changes).flat()).map((right) => grantOf(right, role));
  return databaseUrl
    ? `Run these two lines as the database’s owner, and the next reconcile closes it: ${lines.join(' ')}`
    : `Set TOOL_DATABASE_URL; on PostgreSQL its role also needs these two lines: ${lines.join(' ')}`;
}

function roleOf(databaseUrl: string | undefined): string {
  const role =
    databaseUrl && isPostgresUrl(databaseUrl) ? readPostgresUrl(databaseUrl, 'TOOL_DATABASE_URL').user : undefined;
  return role ?? 'opentrain_plugin';
}

/** What this doccano is, and what can be done with it with the rights that we were given. */

import { ToolRefused } from '../errors.ts';
import type { Capabilities, CapabilityRemedies, ToolDescription } from '../tool.ts';
import type { Connection } from './connection.ts';
import type { DatabaseRights } from './database.ts';
import { closingRemedy } from './removal.ts';
import { insistOnSameTool } from './same-tool.ts';

export const measuredVersion = '1.8.4';
/** doccano does not tell its version: the file names of its web page (hashes of their content) do. */
const measuredBuild = ['08fba5f', '132fcbd', '50aa8ea', '87c8b95'];

const databaseRemedy =
  'Set TOOL_DATABASE_URL to doccano’s database (postgres://… or sqlite:/path); docs/adapters.md has the rights it needs.';

/** See `ToolAdapter.describe`. Throws ToolRefused for a token that may not make accounts, or another tool's database. */
export async function describeDoccano(connection: Connection): Promise<ToolDescription> {
  connection.forgetRights();
  const me = await connection.api.me();
  if (!me.is_staff && !me.is_superuser) {
    throw new ToolRefused(
      `The token belongs to ${me.username}, who may not make accounts in doccano.`,
      'Set TOOL_API_TOKEN to the token of a superuser of doccano.',
    );
  }
  await insistOnVersion(connection);
  const opened = await connection.databaseIfUp();
  if (opened) await insistOnSameTool(connection, me);
  const databaseProblem = connection.databaseProblem();
  return {
    product: 'doccano',
    version: await readVersion(connection),
    capabilities: capabilitiesWith(opened?.rights),
    remedies: await remediesFor(connection, opened?.rights),
    ...(databaseProblem ? { databaseProblem } : {}),
  };
}

/**
 * `1.8.4` for the build that was measured, else `unknown`: also where the API is apart from the web page, as in doccano's Docker
 * Compose (`http://backend:8000`, where `GET /` is a 500).
 */
export async function readVersion(connection: Connection): Promise<string> {
  const page = await connection.api.frontPage();
  return measuredBuild.every((name) => page.includes(`_nuxt/${name}.js`)) ? measuredVersion : 'unknown';
}

/** Throws ToolRefused for a doccano older than 1.8.1, where nobody's account can be made through the API. */
export async function insistOnVersion(connection: Connection): Promise<void> {
  if (await connection.api.canCreateUsers()) return;
  throw new ToolRefused(
    'This doccano is older than 1.8.1 and is not supported: it has no way to make an account.',
    `Upgrade doccano to ${measuredVersion}; the oldest version that works is 1.8.1.`,
  );
}

function capabilitiesWith(rights: DatabaseRights | undefined): Capabilities {
  return {
    accessLevel: 'project',
    // Membership can be given again through the API; only an account that was closed needs the database.
    restore: true,
    closeAccount: rights?.closeAccount ?? false,
    setPassword: rights?.setPassword ?? false,
    endKeys: rights?.endKeys ?? false,
    tally: rights?.tally ?? false,
    seconds: false,
    regions: false,
    notices: true,
  };
}

async function remediesFor(connection: Connection, rights: DatabaseRights | undefined): Promise<CapabilityRemedies> {
  const remedies: CapabilityRemedies = {};
  const problem = connection.databaseProblem();
  if (problem) return { closeAccount: problem, setPassword: problem, tally: problem };
  if (!rights?.closeAccount) remedies.closeAccount = await closingRemedy(connection);
  if (!rights?.setPassword) remedies.setPassword = rights?.missing.setPassword.join('\n') ?? databaseRemedy;
  if (!rights?.endKeys) remedies.endKeys = rights?.missing.endKeys.join('\n') ?? databaseRemedy;
  if (!rights?.tally) remedies.tally = rights?.missing.tally.join('\n') ?? databaseRemedy;
  return remedies;
}

/** The Label Studio part of `doctor`. */
import { messageOf, ToolRefused } from '../errors.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { Check, CheckOptions, ToolAdapter } from '../tool.ts';
import { accountsFromDatabase, joinedFromDatabase } from './accounts.ts';
import { readOrganization, readProjects, readVersion } from './api-calls.ts';
import type { ApiClient } from './api-client.ts';
import { databaseCapabilities, grantStatements, readRights } from './database-rights.ts';
import { explainDay } from './explain-day.ts';
import { testRemoval } from './removal-check.ts';
import { insistOnSameTool } from './same-tool.ts';
import { isSignUpOpen } from './sign-up.ts';
import { readSigns } from './signs.ts';
import { lookups } from './statement-rights.ts';
import { tally } from './tally.ts';
import { insistOnVersion, testedVersion } from './versions.ts';

export interface CheckContext {
  adapter: ToolAdapter;
  api: ApiClient;
  baseUrl: string;
  database: ToolDatabase | undefined;
  behindGateway: boolean;
}

type Finding = Pick<Check, 'result' | 'why'> & { remedy?: string };

/** Every line of the report, in the order in which an admin would fix them; only the first when nothing answers. Never throws. */
export async function runChecks(options: CheckOptions, context: CheckContext): Promise<Check[]> {
  const version = await check('tool-version', 'Label Studio answers', () => versionFinding(context.api));
  // Every other question would wait as long for the same answer.
  if (version.result === 'failure') return [version];
  const checks = [
    version,
    await check('tool-token', 'The API token is accepted', () => tokenFinding(context.api)),
    await check('tool-token-owner', 'The token is the owner’s', () => ownerFinding(context.api)),
    ...(await databaseChecks(context)),
    await check('tool-open-sign-up', 'Nobody joins without an invitation', () => signUpFinding(context.baseUrl)),
    await check('tool-visible-projects', 'What every trainer can see', async () =>
      context.behindGateway
        ? { result: 'ok', why: 'Through the gateway, a trainer sees the projects of their own contracts only.' }
        : visibleProjectsFinding(context.api, options.linkedProjectIds),
    ),
  ];
  if (context.behindGateway) {
    checks.push(
      await check('tool-gateway-lookups', 'The gateway looks up tasks fast', () => lookupsFinding(context.database)),
    );
  }
  if (options.testRemoval) {
    checks.push(await check('tool-removal', 'A removed member reaches nothing', () => testRemoval(context)));
  }
  return checks;
}

async function check(id: string, title: string, look: () => Promise<Finding>): Promise<Check> {
  try {
    const finding = await look();
    return { id, title, result: finding.result, why: finding.why, remedy: finding.remedy ?? '' };
  } catch (error) {
    const remedy =
      error instanceof ToolRefused ? error.remedy : 'Is Label Studio running, and TOOL_BASE_URL its address?';
    return { id, title, result: 'failure', why: messageOf(error), remedy };
  }
}

async function versionFinding(api: ApiClient): Promise<Finding> {
  const version = await readVersion(api);
  insistOnVersion(version);
  if (version === testedVersion) return { result: 'ok', why: `Version ${version}.` };
  return {
    result: 'warning',
    why: `Version ${version}; the plugin was tested with ${testedVersion}.`,
    remedy: 'Run doctor --test-removal once: it shows whether removal works on this version.',
  };
}

async function tokenFinding(api: ApiClient): Promise<Finding> {
  await readOrganization(api);
  const kind = api.kind === 'legacy' ? 'legacy token (it has no end date)' : 'personal access token';
  return { result: 'ok', why: `A ${kind}.` };
}

async function ownerFinding(api: ApiClient): Promise<Finding> {
  const { userId, ownerId } = await readOrganization(api);
  if (userId === ownerId) return { result: 'ok', why: 'It belongs to the organization’s owner.' };
  return {
    result: 'failure',
    why: 'It belongs to a plain member: such a token can add people but is refused (403) when it removes them.',
    remedy: 'Set TOOL_API_TOKEN to a token of the organization’s owner, the first account that was made.',
  };
}

const databaseTitles = {
  tally: 'Annotations can be counted',
  closeAccount: 'A removed trainer’s account can be closed',
  restore: 'A trainer who comes back can be let in again',
  setPassword: 'A forgotten password can be replaced',
  endKeys: 'Somebody else’s keys to an account can be ended',
} as const;

const databaseCosts = {
  tally: 'No usage can be reported.',
  closeAccount:
    'Removal stays partial: a removed trainer can still sign in, list projects and people, and read the invite link.',
  restore: 'A trainer who is hired again cannot be let in: Label Studio’s API has no way back.',
  setPassword: 'Label Studio has no password reset: a trainer who forgets the password stays locked out.',
  endKeys:
    'Every member can sign up under a colleague’s Work Email and keep a token: a trainer whose Work Email has an account that is not known is not let in.',
} as const;

async function databaseChecks({ api, database }: CheckContext): Promise<Check[]> {
  // It answered a moment ago.
  const release = await readVersion(api).catch(() => testedVersion);
  const connection = await check('tool-database', 'The tool’s database', async () => {
    if (!database) {
      const remedy = `Set TOOL_DATABASE_URL; on PostgreSQL make a role for it: CREATE ROLE opentrain_plugin LOGIN PASSWORD '…'; ${grantStatements('opentrain_plugin', { version: release }).join(' ')}`;
      return { result: 'warning', why: 'TOOL_DATABASE_URL is not set.', remedy };
    }
    const rights = await readRights(database);
    if (rights.capabilities.tally) await insistOnSameTool(database, await readOrganization(api));
    return { result: 'ok', why: `It answers (${database.dialect === 'postgres' ? 'PostgreSQL' : 'SQLite'}).` };
  });
  if (connection.result === 'failure') {
    return [{ ...connection, remedy: connection.remedy || 'Check TOOL_DATABASE_URL.' }];
  }
  const { capabilities, remedies } = await readRights(database, release);
  const lines = databaseCapabilities.map((capability): Check => {
    const held = capabilities[capability];
    return {
      id: `tool-database-${capability.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      title: databaseTitles[capability],
      result: held ? 'ok' : 'warning',
      why: held ? 'The database role may do this.' : databaseCosts[capability],
      remedy: held ? '' : database ? (remedies[capability] ?? '') : 'Set TOOL_DATABASE_URL, as above.',
    };
  });
  if (!database || !capabilities.tally) return [connection, ...lines];
  return [
    connection,
    ...lines,
    await check('tool-database-statements', 'The statements run', () => tryStatements(database)),
  ];
}

/** The very statements that counting and looking use, over one second and for nobody: a right alone does not show that they run. */
async function tryStatements(database: ToolDatabase): Promise<Finding> {
  const until = new Date();
  const from = new Date(until.getTime() - 1000);
  await accountsFromDatabase(database, 1, [{ toolUserId: null, email: 'nobody@opentrain.work' }]);
  await joinedFromDatabase(database, 1, until);
  const offsets = [{ from: new Date(0), offsetSeconds: 0 }];
  await tally(database, { projectIds: ['1'], from, until, offsets, maxSecondsPerAnnotation: 1 });
  await explainDay(database, { toolUserIds: ['1'], from, until, maxSecondsPerAnnotation: 1, limit: 1 });
  await readSigns(database);
  return { result: 'ok', why: 'Counting and looking for accounts work on this version’s tables.' };
}

async function signUpFinding(baseUrl: string): Promise<Finding> {
  if (!(await isSignUpOpen(baseUrl))) return { result: 'ok', why: 'Sign-up without the invite link is refused.' };
  return {
    result: 'warning',
    why: 'Anybody who reaches Label Studio can make an account without the invite link, a removed trainer too.',
    remedy: 'Start Label Studio with LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true.',
  };
}

/** Without the database the gateway asks the API to which project a task belongs. */
async function lookupsFinding(database: ToolDatabase | undefined): Promise<Finding> {
  const missing = database ? await database.missingPrivileges(lookups) : [];
  if (database && missing.length === 0)
    return { result: 'ok', why: 'The database says to which project a task belongs.' };
  const why = 'The API is asked to which project a task belongs, some 30 ms for each one that was not met before.';
  return { result: 'warning', why, remedy: missing.join(' ') || 'Set TOOL_DATABASE_URL.' };
}

async function visibleProjectsFinding(api: ApiClient, linkedProjectIds: readonly string[]): Promise<Finding> {
  const unlinked = (await readProjects(api)).filter(({ id }) => !linkedProjectIds.includes(id));
  if (unlinked.length === 0) return { result: 'ok', why: 'Every project is linked.' };
  const shown = unlinked.slice(0, 10).map(({ id, title }) => `${title} (${id})`);
  const more = unlinked.length > shown.length ? ` and ${unlinked.length - shown.length} more` : '';
  return {
    result: 'warning',
    why: `Label Studio’s open-source edition has no membership per project: every trainer also sees ${shown.join(', ')}${more}, not linked to any job.`,
    remedy:
      'Set up the gateway (docs/gateway.md), or keep projects that trainers must not see in another Label Studio.',
  };
}

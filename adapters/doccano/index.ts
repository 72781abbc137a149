/** doccano (https://github.com/doccano/doccano), measured with 1.8.4: membership per project, accounts made by the API. */

import { PasswordRefused, ToolRefused, ToolUnable } from '../errors.ts';
import { djangoRefusal } from '../sql/django-password.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { AdapterModule, AdapterOptions, Project, ToolAdapter } from '../tool.ts';
import {
  createMember,
  findAccounts,
  grantAccess,
  idOf,
  insistOnOrdinary,
  listJoined,
  readAccount,
} from './accounts.ts';
import type { DoccanoProject } from './api.ts';
import { checkDoccano } from './checks.ts';
import { type Connection, connect } from './connection.ts';
import { endTokens, setPassword } from './database.ts';
import { describeDoccano } from './describe.ts';
import { explainDay } from './explain-day.ts';
import { doccanoGateway } from './gateway.ts';
import { locateAll } from './gateway-lookup.ts';
import { withNotice } from './notice.ts';
import { removeAccess } from './removal.ts';
import { insistOnSameTool } from './same-tool.ts';
import { doccanoSetUp } from './set-up.ts';
import { readSigns } from './signs.ts';
import { tallyWork } from './tally.ts';

async function createAdapter(options: AdapterOptions): Promise<ToolAdapter> {
  const connection = connect(options);
  const { api } = connection;
  return {
    describe: () => describeDoccano(connection),
    listProjects: async () => (await api.projects()).map(toProject),
    findProject: async (projectId) => {
      const project = await api.project(projectId);
      return project && toProject(project);
    },
    findAccounts: (people) => findAccounts(connection, people),
    createMember: (member) => createMember(connection, member),
    grant: (access) => grantAccess(connection, access),
    revoke: (removal) => removeAccess(connection, removal),
    setPassword: (account) => changePassword(connection, account),
    endKeys: (account) => endKeys(connection, account.toolUserId),
    listJoined: (since) => listJoined(connection, since),
    renewInvite: async () => undefined,
    readSigns: () => readSigns(connection),
    tally: async (query) => tallyWork(await countingDatabase(connection, 'tally'), query),
    explainDay: async (query) => explainDay(await countingDatabase(connection, 'explain'), query),
    locate: (things) => locateAll(connection, things),
    setNotice: (projectId, notice) => changeNotice(connection, projectId, notice),
    signInUrl: () => `${options.publicUrl}/auth`,
    projectUrl: (projectId) => `${options.publicUrl}/projects/${encodeURIComponent(projectId)}`,
    check: (checkOptions) => checkDoccano(connection, checkOptions),
    close: () => connection.close(),
  };
}

async function countingDatabase(connection: Connection, purpose: 'tally' | 'explain'): Promise<ToolDatabase> {
  const opened = await connection.database();
  if (opened?.rights[purpose]) {
    await insistOnSameTool(connection);
    return opened.database;
  }
  const what = purpose === 'tally' ? 'counted' : 'listed one by one';
  throw unable(
    'tally',
    `Work cannot be ${what} with these rights in doccano’s database`,
    opened?.rights.missing[purpose],
  );
}

function toProject(project: DoccanoProject): Project {
  return { id: String(project.id), title: project.name };
}

async function changePassword(
  connection: Connection,
  account: { toolUserId: string; password: string },
): Promise<void> {
  const opened = await connection.database();
  if (!opened?.rights.setPassword) {
    throw unable('setPassword', 'Passwords cannot be set', opened?.rights.missing.setPassword);
  }
  await insistOnSameTool(connection);
  const refusal = djangoRefusal(account.password);
  if (refusal) throw new PasswordRefused(refusal);
  const id = idOf(account.toolUserId);
  if (id !== null && (await setPassword(opened.database, id, account.password))) return;
  throw new ToolRefused(
    `doccano has no account ${account.toolUserId} whose password the plugin may set.`,
    'Staff, superusers and project admins reset theirs by hand, in doccano’s /admin.',
  );
}

async function endKeys(connection: Connection, toolUserId: string): Promise<{ openForSeconds: number }> {
  const opened = await connection.database();
  if (!opened?.rights.endKeys) {
    throw unable('endKeys', 'Tokens cannot be ended', opened?.rights.missing.endKeys);
  }
  await insistOnSameTool(connection);
  const account = await readAccount(connection, toolUserId);
  if (account) {
    insistOnOrdinary(account, account.email ?? account.username);
    await endTokens(opened.database, account.id);
  }
  return { openForSeconds: 0 };
}

function unable(
  capability: 'tally' | 'setPassword' | 'endKeys',
  what: string,
  lines: readonly string[] = [],
): ToolUnable {
  const remedy = lines.length === 0 ? 'Set TOOL_DATABASE_URL to doccano’s database.' : lines.join('\n');
  return new ToolUnable(capability, `${what}.`, remedy);
}

async function changeNotice(connection: Connection, projectId: string, notice: string | null): Promise<void> {
  const project = await connection.api.project(projectId);
  if (!project) {
    if (notice === null) return;
    throw new ToolRefused(`doccano has no project ${projectId}.`, 'Remove its project link, or link another project.');
  }
  const guideline = withNotice(project.guideline, notice);
  if (guideline !== project.guideline) await connection.api.setGuideline(projectId, guideline);
}

const doccano: AdapterModule = {
  name: 'doccano',
  createAdapter,
  gateway: doccanoGateway,
  setUp: doccanoSetUp,
};
export default doccano;

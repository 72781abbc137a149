/** doccano's own part of `doctor`. */
import { messageOf, ToolRefused } from '../errors.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { Check, CheckOptions } from '../tool.ts';
import { annotatorRole } from './accounts.ts';
import type { Connection } from './connection.ts';
import { type DatabaseRights, databaseRoleSql, readAccountRows, readJoinedRows, readSignInNames } from './database.ts';
import { insistOnVersion, measuredVersion, readVersion } from './describe.ts';
import { explainDay } from './explain-day.ts';
import { closingRemedy } from './removal.ts';
import { insistOnSameTool } from './same-tool.ts';
import { signsIn } from './signs.ts';
import { tallyWork } from './tally.ts';
import { testRemoval } from './test-removal.ts';

/** See `ToolAdapter.check`. Without a token that works, nothing else can be looked at. */
export async function checkDoccano(connection: Connection, options: CheckOptions): Promise<Check[]> {
  connection.forgetRights();
  const token = await attempt('tool-token', 'doccano accepts the token', () => checkToken(connection));
  if (token.result === 'failure') return [token];
  const checks = [
    token,
    await attempt('tool-version', 'The version of doccano was measured', () => checkVersion(connection)),
    await attempt('tool-roles', 'doccano has the role for annotators', () => checkRole(connection)),
    await attempt('tool-projects', 'The linked projects can be changed', () => checkProjects(connection, options)),
    ...(await checkDatabase(connection)),
    await attempt('tool-sign-in-names', 'Accounts sign in with their own address', () => checkSignInNames(connection)),
    ...(connection.options.behindGateway
      ? [await attempt('tool-gateway-lookups', 'The gateway can look examples up', () => checkLookups(connection))]
      : [isolation]),
  ];
  if (options.testRemoval) checks.push(await testRemoval(connection, options.linkedProjectIds));
  return checks;
}

type Outcome = Pick<Check, 'result' | 'why' | 'remedy'>;

async function attempt(id: string, title: string, look: () => Promise<Outcome>): Promise<Check> {
  try {
    return { id, title, ...(await look()) };
  } catch (error) {
    const remedy = error instanceof ToolRefused ? error.remedy : 'Is doccano running, and its database? Try again.';
    return { id, title, result: 'failure', why: messageOf(error), remedy };
  }
}

const ok = (why: string): Outcome => ({ result: 'ok', why, remedy: '' });

async function checkToken(connection: Connection): Promise<Outcome> {
  const me = await connection.api.me();
  if (me.is_superuser) return ok(`It belongs to ${me.username}, a superuser.`);
  const remedy = 'Use the token of a superuser, who may do this in every project.';
  if (me.is_staff) {
    const why = `It belongs to ${me.username}, who is staff: accounts can be made, but only projects that ${me.username} administers can be changed.`;
    return { result: 'warning', why, remedy };
  }
  return { result: 'failure', why: `It belongs to ${me.username}, who may not make accounts.`, remedy };
}

async function checkVersion(connection: Connection): Promise<Outcome> {
  await insistOnVersion(connection);
  if ((await readVersion(connection)) === measuredVersion) return ok(`It is doccano ${measuredVersion}.`);
  return {
    result: 'warning',
    why: 'doccano does not tell its version, and this build is another one than the one that was measured.',
    remedy: `Use doccano ${measuredVersion}, or run the check of removal: doctor --test-removal.`,
  };
}

async function checkRole(connection: Connection): Promise<Outcome> {
  await connection.api.roleId(annotatorRole);
  return ok(`Trainers join projects as “${annotatorRole}”.`);
}

async function checkProjects(connection: Connection, options: CheckOptions): Promise<Outcome> {
  const problems: string[] = [];
  for (const projectId of options.linkedProjectIds) {
    try {
      if ((await connection.api.project(projectId)) === null) problems.push(`project ${projectId} does not exist`);
      else await connection.api.members(projectId);
    } catch (error) {
      if (!(error instanceof ToolRefused)) throw error;
      problems.push(`project ${projectId} refuses the token`);
    }
  }
  if (problems.length === 0) return ok(`${options.linkedProjectIds.length} linked.`);
  const remedy =
    'Make the token’s account a project admin there (or use a superuser’s); remove links to deleted projects.';
  return { result: 'failure', why: `${problems.join('; ')}.`, remedy };
}

async function checkDatabase(connection: Connection): Promise<Check[]> {
  const id = 'tool-database';
  const title = 'doccano’s database can be used';
  const opened = await connection.database().catch((error: unknown) => error);
  if (opened instanceof Error) return [await attempt(id, title, () => Promise.reject(opened))];
  const rights = await connection.database();
  if (!rights) {
    const why = 'TOOL_DATABASE_URL is not set: no usage is reported, removal is partial, no password can be reset.';
    const remedy = `Set it. On PostgreSQL, make a role with just these rights:\n${databaseRoleSql('opentrain_plugin').join('\n')}`;
    return [{ id, title, result: 'warning', why, remedy }];
  }
  const same = await attempt(id, title, async () => {
    await insistOnSameTool(connection);
    return ok('It is the database of this doccano.');
  });
  const checks = [same, ...(await checkRights(connection, rights.rights))];
  if (!rights.rights.accounts || !rights.rights.tally) return checks;
  const { database } = rights;
  return [
    ...checks,
    await attempt('tool-database-statements', 'The statements run', () => tryStatements(database, rights.rights)),
  ];
}

/** The very statements that counting and looking use, over one second and for nobody: a right alone does not show that they run. */
async function tryStatements(database: ToolDatabase, rights: DatabaseRights): Promise<Outcome> {
  const until = new Date();
  const from = new Date(until.getTime() - 1000);
  await readAccountRows(database, [], ['nobody@opentrain.work']);
  await readJoinedRows(database, until);
  const offsets = [{ from: new Date(0), offsetSeconds: 0 }];
  await tallyWork(database, { projectIds: ['1'], from, until, offsets, maxSecondsPerAnnotation: 1 });
  await signsIn(database, rights.projects);
  const day = { toolUserIds: ['1'], from, until, maxSecondsPerAnnotation: 1, limit: 1 };
  if (rights.explain) await explainDay(database, day);
  return ok('Counting and looking for accounts work on this version’s tables.');
}

async function checkRights(connection: Connection, rights: DatabaseRights): Promise<Check[]> {
  const check = (name: string, title: string, held: boolean, cost: string, remedy: string): Check => ({
    id: `tool-database-${name}`,
    title,
    result: held ? 'ok' : 'warning',
    why: held ? 'The rights are there.' : cost,
    remedy: held ? '' : remedy,
  });
  const { missing } = rights;
  return [
    check(
      'tally',
      'Work can be counted',
      rights.tally,
      'Without these rights no usage can be reported.',
      missing.tally.join('\n'),
    ),
    check(
      'close',
      'Accounts can be closed',
      rights.closeAccount,
      'Without these rights a removed trainer still signs in and reads user names.',
      await closingRemedy(connection),
    ),
    check(
      'password',
      'Passwords can be reset',
      rights.setPassword,
      'Without these rights a forgotten password has to be reset by hand.',
      missing.setPassword.join('\n'),
    ),
    check(
      'keys',
      'Somebody else’s keys to an account can be ended',
      rights.endKeys,
      'Without these rights a trainer whose Work Email has an account that is not known is not let in.',
      missing.endKeys.join('\n'),
    ),
  ];
}

/** Without these rights the gateway refuses every example, since nothing tells its project. */
async function checkLookups(connection: Connection): Promise<Outcome> {
  const opened = await connection.database();
  if (opened?.rights.lookups) return ok('The database says to which project an example belongs.');
  const why = 'Only the database says to which project an example belongs: without it the gateway opens none.';
  return { result: 'failure', why, remedy: opened?.rights.missing.lookups.join('\n') ?? 'Set TOOL_DATABASE_URL.' };
}

/** Everybody can change their own sign-in name in doccano, to a colleague's address too. */
async function checkSignInNames(connection: Connection): Promise<Outcome> {
  const opened = await connection.database();
  if (!opened?.rights.accounts)
    return ok('Not looked at: only the database tells. Nobody is known by their sign-in name.');
  const others = (await readSignInNames(opened.database)).map(({ id, username, email }) => {
    return `account ${id} of ${email || 'nobody by e-mail address'} signs in as ${username}`;
  });
  if (others.length === 0) return ok('No account signs in with an address that is not its own.');
  const remedy =
    'If its owner took a colleague’s address, give the account its own name back in doccano’s /admin, Users.';
  return { result: 'warning', why: `${others.join('; ')}.`, remedy };
}

/** Measured on 1.8.4, and true for every member whatever we do: the admin has to know. */
const isolation: Check = {
  id: 'tool-isolation',
  title: 'Projects are kept apart by doccano',
  result: 'warning',
  why: 'A member of any project can read and label single examples of all others by their number, and files under /media/ are open to everybody who knows the address.',
  remedy: 'Set up the gateway (docs/gateway.md), or keep projects that must be apart in two doccano servers.',
};

/**
 * The proof of removal: an account that is made for it joins a project, is removed the way a trainer is, and then tries
 * everything again.
 */
import { createHmac } from 'node:crypto';
import { AccountExists, messageOf, ToolError, ToolRefused } from '../errors.ts';
import type { Check } from '../tool.ts';
import { type Account, createMember, grantAccess, readAccount, readAccounts } from './accounts.ts';
import { DoccanoApi } from './api.ts';
import type { Connection } from './connection.ts';
import { removeAccess } from './removal.ts';

const id = 'tool-removal';
const title = 'A removed trainer reaches nothing';

/** Signs up, removes, probes and erases a throw-away account, and clears what an earlier test left behind. Never throws. */
export async function testRemoval(connection: Connection, linkedProjectIds: readonly string[]): Promise<Check> {
  const login = testerLogin(connection.options.apiToken);
  try {
    return await tryRemoval(connection, login, linkedProjectIds);
  } catch (error) {
    const why = `The test stopped: ${messageOf(error)} If an account ${login.email} was made, it is left behind.`;
    return { id, title, result: 'failure', why, remedy: `${remedyOf(error)} ${nextTime}` };
  }
}

const nextTime = 'Run doctor --test-removal again: it uses the same account, and takes it out.';

/** What the error itself advises, where it does. */
function remedyOf(error: unknown): string {
  return error instanceof ToolError && error.remedy ? error.remedy : 'Try again.';
}

async function tryRemoval(connection: Connection, login: Login, linkedProjectIds: readonly string[]): Promise<Check> {
  const projectId = linkedProjectIds[0] ?? (await connection.api.projects())[0]?.id;
  if (projectId === undefined) {
    return { id, title, result: 'warning', why: 'There is no project to try it on.', remedy: 'Make a project first.' };
  }
  const places = [String(projectId)];
  const tester = await makeTester(connection, login, places);
  const finding = await tryEverything(connection, tester, places).catch(
    (error: unknown): Finding => ({
      result: 'failure',
      why: `The test stopped: ${messageOf(error)}`,
      remedy: remedyOf(error),
    }),
  );
  const { why, left } = await cleanUp(connection, tester, [...new Set([...places, ...tester.leftIn])]);
  // An account that stays without a project is what doccano allows; one that may still be in it is a finding of its own.
  const result = finding.result === 'ok' && left ? 'warning' : finding.result;
  const remedy = [finding.remedy, left].filter(Boolean).join('\n');
  return { id, title, result, why: `${finding.why} ${why}`, remedy };
}

type Finding = Pick<Check, 'result' | 'why' | 'remedy'>;
type Login = { email: string; password: string };
/** `leftIn` are the projects that an earlier test could not take the account out of. */
type Tester = Login & { toolUserId: string; leftIn: readonly string[] };

async function tryEverything(connection: Connection, tester: Tester, places: readonly string[]): Promise<Finding> {
  const token = await new DoccanoApi(connection.options.baseUrl, null).signIn(tester.email, tester.password);
  // Without it every door would seem shut.
  if (token === null) throw new ToolRefused(`doccano does not let ${tester.email} sign in.`, eraseByHand(tester.email));
  const reported = await removeAccess(connection, { ...tester, places, closeAccount: true });
  const reached = await whatIsReached(connection.options.baseUrl, tester, token, places[0] ?? '');
  if (reached.length === 0) return { result: 'ok', why: 'Tried with a throw-away account.', remedy: '' };
  const remedy = [...new Set(reported.map((reach) => reach.remedy))].join('\n');
  return { result: 'warning', why: `It could still ${reached.join(', ')}.`, remedy };
}

/** `left` is what an admin must do when the account could not even be taken out of its projects. */
async function cleanUp(
  connection: Connection,
  tester: Tester,
  places: readonly string[],
): Promise<{ why: string; left: string }> {
  const account = `The account ${tester.email} (${tester.toolUserId})`;
  try {
    await removeAccess(connection, { ...tester, places, closeAccount: true });
  } catch (error) {
    const why = `${account} is left behind, perhaps still in project ${places.join(', ')}: ${messageOf(error)}`;
    return { why, left: nextTime };
  }
  if (await erase(connection, tester.toolUserId, tester.email)) return { why: 'The account was erased.', left: '' };
  return { why: `${account} stays, without a project; the next test uses it again.`, left: '' };
}

/** The same account for every test, so that tests do not pile up accounts where none can be erased. */
function testerLogin(apiToken: string): Login {
  const secret = createHmac('sha256', apiToken).update('removal test').digest('base64url');
  return { email: `removal-test-${secret.slice(0, 8).toLowerCase()}@opentrain.invalid`, password: secret.slice(8) };
}

async function makeTester(connection: Connection, login: Login, places: readonly string[]): Promise<Tester> {
  try {
    const { toolUserId } = await createMember(connection, { ...login, displayName: 'Removal test', places });
    return { ...login, toolUserId, leftIn: [] };
  } catch (error) {
    if (!(error instanceof AccountExists)) throw error;
    const earlier = await findEarlier(connection, login);
    if (!earlier) throw new ToolRefused(`${login.email} cannot be used again.`, eraseByHand(login.email));
    const leftIn = earlier.memberships.map(({ projectId }) => projectId);
    const toolUserId = String(earlier.id);
    await grantAccess(connection, { toolUserId, email: login.email, places });
    return { ...login, toolUserId, leftIn };
  }
}

/** Without the database doccano tells nobody's address: the account itself says which one it is. */
async function findEarlier(connection: Connection, { email, password }: Login): Promise<Account | null> {
  const [found] = await readAccounts(connection, [], [email]);
  if (found) return found;
  const { baseUrl } = connection.options;
  const token = await new DoccanoApi(baseUrl, null).signIn(email, password);
  if (token === null) return null;
  return readAccount(connection, String((await new DoccanoApi(baseUrl, token).me()).id));
}

const eraseByHand = (email: string): string =>
  `Erase the account ${email} in doccano’s /admin, Users: it has done no work.`;

async function whatIsReached(
  baseUrl: string,
  tester: { email: string; password: string },
  oldToken: string,
  projectId: string,
): Promise<string[]> {
  const reached: string[] = [];
  const newToken = await new DoccanoApi(baseUrl, null).signIn(tester.email, tester.password);
  if (newToken !== null) reached.push('sign in');
  const api = new DoccanoApi(baseUrl, newToken ?? oldToken);
  const probes: [string, () => Promise<unknown>][] = [
    [`open project ${projectId}`, () => api.call('GET', `/v1/projects/${projectId}`)],
    [`read the examples of project ${projectId}`, () => api.call('GET', `/v1/projects/${projectId}/examples?limit=1`)],
    ['read user names', () => api.users()],
    ['read the roles', () => api.call('GET', '/v1/roles')],
  ];
  for (const [what, probe] of probes) {
    const answered = await probe().then(
      () => true,
      (error: unknown) => !(error instanceof Error && error.name === 'ToolRefused'),
    );
    if (answered) reached.push(what);
  }
  return reached;
}

/** Whether the account could be erased: doccano's API cannot, and the role that we ask for may not. */
export async function erase(connection: Connection, toolUserId: string, email: string): Promise<boolean> {
  const opened = await connection.database();
  if (!opened) return false;
  try {
    const user = Number(toolUserId);
    await opened.database.execute('DELETE FROM authtoken_token WHERE user_id = $1', [user]);
    await opened.database.execute('DELETE FROM account_emailaddress WHERE user_id = $1', [user]);
    const statement = 'DELETE FROM auth_user WHERE id = $1 AND username = $2';
    return (await opened.database.execute(statement, [user, email])) === 1;
  } catch {
    return false;
  }
}

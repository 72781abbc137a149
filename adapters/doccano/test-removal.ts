/**
 * The proof of removal: an account that is made for it joins a project, is removed the way a trainer is, and then tries
 * everything again.
 */
import { createHmac } from 'node:crypto';
import { AccountExists, messageOf } from '../errors.ts';
import type { Check } from '../tool.ts';
import { createMember, findAccounts, grantAccess } from './accounts.ts';
import { DoccanoApi } from './api.ts';
import type { Connection } from './connection.ts';
import { removeAccess } from './removal.ts';

const id = 'tool-removal';
const title = 'A removed trainer reaches nothing';

/** Signs up, removes, probes and erases a throw-away account. Never throws. */
export async function testRemoval(connection: Connection, linkedProjectIds: readonly string[]): Promise<Check> {
  try {
    return await tryRemoval(connection, linkedProjectIds);
  } catch (error) {
    return { id, title, result: 'failure', why: `The test stopped: ${messageOf(error)}`, remedy: 'Try again.' };
  }
}

async function tryRemoval(connection: Connection, linkedProjectIds: readonly string[]): Promise<Check> {
  const projectId = linkedProjectIds[0] ?? (await connection.api.projects())[0]?.id;
  if (projectId === undefined) {
    return { id, title, result: 'warning', why: 'There is no project to try it on.', remedy: 'Make a project first.' };
  }
  const places = [String(projectId)];
  const tester = await makeTester(connection, places);
  const finding = await tryEverything(connection, tester, places).catch(
    (error: unknown): Finding => ({
      result: 'failure',
      why: `The test stopped: ${messageOf(error)}`,
      remedy: 'Try again.',
    }),
  );
  const { why, left } = await cleanUp(connection, tester, places);
  // An account that stays without a project is what doccano allows; one that stays in it is a finding of its own.
  const result = finding.result === 'ok' && left ? 'warning' : finding.result;
  const remedy = [finding.remedy, left].filter(Boolean).join('\n');
  return { id, title, result, why: `${finding.why} ${why}`, remedy };
}

type Finding = Pick<Check, 'result' | 'why' | 'remedy'>;
type Tester = { toolUserId: string; email: string; password: string };

async function tryEverything(connection: Connection, tester: Tester, places: readonly string[]): Promise<Finding> {
  const token = await new DoccanoApi(connection.options.baseUrl, null).signIn(tester.email, tester.password);
  const reported = await removeAccess(connection, { ...tester, places, closeAccount: true });
  const reached = await whatIsReached(connection.options.baseUrl, tester, token ?? '', places[0] ?? '');
  if (reached.length === 0) return { result: 'ok', why: 'Tried with a throw-away account.', remedy: '' };
  const remedy = [...new Set(reported.map((reach) => reach.remedy))].join('\n');
  return { result: 'warning', why: `It could still ${reached.join(', ')}.`, remedy };
}

/** `left` is what an admin must do when the account could not even be taken out of the project. */
async function cleanUp(
  connection: Connection,
  tester: Tester,
  places: readonly string[],
): Promise<{ why: string; left: string }> {
  try {
    await removeAccess(connection, { ...tester, places, closeAccount: true });
  } catch (error) {
    const why = `The account ${tester.email} (${tester.toolUserId}) is left behind in project ${places.join(', ')}: ${messageOf(error)}`;
    return { why, left: 'Run doctor --test-removal again: it uses the same account, and takes it out.' };
  }
  if (await erase(connection, tester.toolUserId, tester.email)) return { why: 'The account was erased.', left: '' };
  return { why: `The account ${tester.email} stays, without a project; the next test uses it again.`, left: '' };
}

/** The same one every time, so that tests do not pile up accounts where none can be erased. */
async function makeTester(connection: Connection, places: readonly string[]): Promise<Tester> {
  const secret = createHmac('sha256', connection.options.apiToken).update('removal test').digest('base64url');
  const email = `removal-test-${secret.slice(0, 8).toLowerCase()}@opentrain.invalid`;
  const password = secret.slice(8);
  try {
    const { toolUserId } = await createMember(connection, { email, displayName: 'Removal test', password, places });
    return { toolUserId, email, password };
  } catch (error) {
    if (!(error instanceof AccountExists)) throw error;
    const [account] = await findAccounts(connection, [{ toolUserId: null, email }]);
    if (!account) throw error;
    await grantAccess(connection, { toolUserId: account.toolUserId, email, places });
    return { toolUserId: account.toolUserId, email, password };
  }
}

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
async function erase(connection: Connection, toolUserId: string, email: string): Promise<boolean> {
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

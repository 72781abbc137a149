/** `doctor --test-removal`: does a removal really end everything? Tried with an account made for it, which is erased after. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { messageOf, ToolError } from '../errors.ts';
import type { Check, ToolAdapter } from '../tool.ts';
import { WHOLE_TOOL } from '../tool.ts';
import { readInviteToken } from './api-calls.ts';
import { type ApiClient, toolHttp } from './api-client.ts';
import { type Credential, probeReaches } from './reach.ts';
import { canSignIn, exchangesToken } from './sign-in.ts';
import { type SignedUp, signUp } from './sign-up.ts';

const accountPrefix = 'opentrain-plugin-check-';
const leftoverEmail = /^opentrain-plugin-check-[0-9a-f]{12}@opentrain\.work$/;

export interface RemovalTest {
  adapter: ToolAdapter;
  api: ApiClient;
  baseUrl: string;
}

type Finding = Pick<Check, 'result' | 'why' | 'remedy'>;

/**
 * Signs somebody up, collects every key that they could have kept, removes them, tries each key on each door, erases them. Where
 * erasing fails the finding stands all the same, and names the account; the next test erases it.
 */
export async function testRemoval(test: RemovalTest): Promise<Finding> {
  await eraseLeftovers(test);
  const account = {
    email: `${accountPrefix}${randomBytes(6).toString('hex')}@opentrain.work`,
    password: randomBytes(18).toString('base64url'),
  };
  const member = await signUp(test.baseUrl, await readInviteToken(test.api), account);
  const finding = await tryEveryKey(test, account, member).catch(
    (error: unknown): Finding => ({
      result: 'failure',
      why: `The test stopped: ${messageOf(error)}`,
      remedy: error instanceof ToolError && error.remedy ? error.remedy : 'Try again.',
    }),
  );
  return erase(test.api, member.toolUserId).then(
    () => ({ ...finding, why: `${finding.why} The test account is erased.` }),
    (error: unknown) => leftBehind(finding, `${account.email} (account ${member.toolUserId})`, messageOf(error)),
  );
}

async function tryEveryKey(
  test: RemovalTest,
  account: { email: string; password: string },
  member: SignedUp,
): Promise<Finding> {
  const keys = await collectKeys(test.baseUrl, member);
  const told = await test.adapter.revoke({
    toolUserId: member.toolUserId,
    email: account.email,
    places: [WHOLE_TOOL],
    closeAccount: true,
  });
  const reached = await probeReaches(test.baseUrl, keys.credentials);
  if (await canSignIn(test.baseUrl, account)) reached.push('sign in again');
  if (keys.personalToken !== null && (await exchangesToken(test.baseUrl, keys.personalToken))) {
    reached.push('exchange a personal access token');
  }
  if (reached.length > 0) {
    const why = `A removed test account could still: ${reached.join('; ')}.`;
    return { result: 'failure', why, remedy: told[0]?.remedy ?? '' };
  }
  const why = 'A test account was removed: its old session, its tokens and a new sign-in were all refused.';
  return { result: 'ok', why, remedy: '' };
}

/** It has done no work, so nothing is lost with it. */
async function erase(api: ApiClient, toolUserId: string): Promise<void> {
  await api.send({ method: 'DELETE', path: `/api/users/${toolUserId}/`, expect: [404] });
}

function leftBehind(finding: Finding, account: string, error: string): Finding {
  const remedy = `Run doctor --test-removal again, which erases ${account}, or erase it by hand: DELETE /api/users/ID/ with the owner’s token.`;
  return {
    result: finding.result === 'ok' ? 'warning' : finding.result,
    why: `${finding.why} The test account ${account} could not be erased and is left behind: ${error}`,
    remedy: [finding.remedy, remedy].filter(Boolean).join(' '),
  };
}

/** Those of earlier tests. Without the database, Label Studio hides the address of one that was removed: it is not found then. */
async function eraseLeftovers({ adapter, api }: RemovalTest): Promise<void> {
  const joined = (await adapter.listJoined?.(new Date(0)).catch(() => null)) ?? [];
  const ours = joined.filter(({ email }) => email !== null && leftoverEmail.test(email));
  // What cannot be erased now is left to the next test, too.
  for (const { toolUserId } of ours) await erase(api, toolUserId).catch(() => undefined);
}

interface Keys {
  credentials: Credential[];
  personalToken: string | null;
}

async function collectKeys(baseUrl: string, member: SignedUp): Promise<Keys> {
  const http = await toolHttp(baseUrl);
  const csrf = /csrftoken=([^;]+)/.exec(member.cookie)?.[1] ?? '';
  const session = { Cookie: member.cookie, 'X-CSRFToken': csrf, Referer: `${baseUrl}/` };
  const credentials: Credential[] = [{ name: 'the old session', headers: session }];
  const tokenSchema = z.object({ token: z.string() });
  const legacy = tokenSchema.safeParse((await http.get('/api/current-user/token', { headers: session })).data);
  if (legacy.success) {
    credentials.push({ name: 'the legacy token', headers: { Authorization: `Token ${legacy.data.token}` } });
  }
  const personal = tokenSchema.safeParse((await http.post('/api/token/', {}, { headers: session })).data);
  if (!personal.success) return { credentials, personalToken: null };
  const access = await http.post('/api/token/refresh/', { refresh: personal.data.token });
  const { access: bearer } = z.object({ access: z.string() }).parse(access.data);
  credentials.push({ name: 'a personal access token', headers: { Authorization: `Bearer ${bearer}` } });
  return { credentials, personalToken: personal.data.token };
}

/** `doctor --test-removal`: does a removal really end everything? Tried with an account made for it, which is erased after. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Check, ToolAdapter } from '../tool.ts';
import { WHOLE_TOOL } from '../tool.ts';
import { readInviteToken } from './api-calls.ts';
import { type ApiClient, toolHttp } from './api-client.ts';
import { type Credential, probeReaches } from './reach.ts';
import { canSignIn, exchangesToken } from './sign-in.ts';
import { type SignedUp, signUp } from './sign-up.ts';

export interface RemovalTest {
  adapter: ToolAdapter;
  api: ApiClient;
  baseUrl: string;
}

/** Signs somebody up, collects every key that they could have kept, removes them, tries each key on each door, erases them. */
export async function testRemoval(test: RemovalTest): Promise<Pick<Check, 'result' | 'why' | 'remedy'>> {
  const account = {
    email: `opentrain-plugin-check-${randomBytes(6).toString('hex')}@opentrain.work`,
    password: randomBytes(18).toString('base64url'),
  };
  const member = await signUp(test.baseUrl, await readInviteToken(test.api), account);
  try {
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
    return verdict(reached, told[0]?.remedy ?? '');
  } finally {
    // It has done no work, so nothing is lost with it.
    await test.api.send({ method: 'DELETE', path: `/api/users/${member.toolUserId}/`, expect: [404] });
  }
}

function verdict(reached: readonly string[], remedy: string): Pick<Check, 'result' | 'why' | 'remedy'> {
  if (reached.length === 0) {
    const why =
      'A test account was removed: its old session, its tokens and a new sign-in were all refused. It is erased.';
    return { result: 'ok', why, remedy: '' };
  }
  return { result: 'failure', why: `A removed test account could still: ${reached.join('; ')}. It is erased.`, remedy };
}

interface Keys {
  credentials: Credential[];
  personalToken: string | null;
}

async function collectKeys(baseUrl: string, member: SignedUp): Promise<Keys> {
  const http = toolHttp(baseUrl);
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

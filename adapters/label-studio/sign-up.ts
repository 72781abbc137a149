/**
 * Signing up on somebody's behalf, through the invite link, as a browser does. It is the only way to an account that can sign
 * in: `POST /api/users/` makes one without a password and takes the e-mail address for ever (measured on 1.23.2).
 */
import type { AxiosInstance, AxiosResponse } from 'axios';
import { z } from 'zod';
import { AccountExists, messageOf, PasswordRefused, ToolRefused, ToolUnavailable } from '../errors.ts';
import { refusedInFront } from '../in-front.ts';
import { toolHttp } from './api-client.ts';
import { cookiesOf, postForm } from './html-form.ts';

export interface SignedUp {
  toolUserId: string;
  /** The Cookie header of the new account's session. */
  cookie: string;
}

/** The invite link is not the one in use any more: ask for it again. */
export class StaleInvite extends Error {
  override name = 'StaleInvite';
}

/**
 * Makes the account. Throws {@link AccountExists}, {@link StaleInvite}, {@link PasswordRefused} or
 * {@link ToolRefused} with the page's own words, {@link ToolUnavailable}.
 */
export async function signUp(
  baseUrl: string,
  inviteToken: string,
  account: { email: string; password: string },
): Promise<SignedUp> {
  const http = await toolHttp(baseUrl);
  try {
    const fields = { email: account.email, password: account.password, allow_newsletters: 'false' };
    const response = await postForm(http, baseUrl, '/user/signup/', { token: inviteToken }, fields);
    const inFront = answeredInFront(response, baseUrl);
    if (inFront) throw inFront;
    if (response.status === 302) return await whoSignedUp(http, cookiesOf(response), account.email);
    throw refusal(response, account.email);
  } catch (error) {
    if (error instanceof Error && 'isAxiosError' in error) {
      throw new ToolUnavailable(`Label Studio at ${baseUrl} does not answer: ${messageOf(error)}.`);
    }
    throw error;
  }
}

/** Whether anybody can sign up without the invite link. Asks with an empty form, so that no account can come of it. */
export async function isSignUpOpen(baseUrl: string): Promise<boolean> {
  const response = await postForm(await toolHttp(baseUrl), baseUrl, '/user/signup/', {}, { email: '', password: '' });
  return response.status !== 403;
}

/** Label Studio gives its own answers a session cookie, and sends a new member to a page of its own. */
function answeredInFront(response: AxiosResponse<unknown>, baseUrl: string): ToolRefused | null {
  const { status, headers, data: body } = response;
  if (/(^|; )sessionid=/.test(cookiesOf(response))) return null;
  return refusedInFront({ status, headers, body }, { tool: 'Label Studio', baseUrl, request: 'POST /user/signup/' });
}

async function whoSignedUp(http: AxiosInstance, cookie: string, email: string): Promise<SignedUp> {
  const { data } = await http.get<unknown>('/api/current-user/whoami', { headers: { Cookie: cookie } });
  const { data: user } = z.object({ id: z.number(), email: z.string() }).safeParse(data);
  if (!user) {
    const remedy =
      'Is TOOL_BASE_URL the address of Label Studio itself, with nothing in front of it that changes cookies?';
    throw new ToolRefused(`Label Studio does not say who signed up as ${email}.`, remedy);
  }
  if (user.email.toLowerCase() !== email.toLowerCase()) {
    throw new ToolRefused(`Label Studio signed up ${user.email} instead of ${email}.`, 'Look at its list of people.');
  }
  return { toolUserId: String(user.id), cookie };
}

function refusal(response: AxiosResponse<unknown>, email: string): Error {
  if (response.status >= 500) return new ToolUnavailable(`Label Studio answered ${response.status} to the sign-up.`);
  if (response.status === 403) return new StaleInvite('Label Studio does not accept the invite link.');
  const messages = [...String(response.data).matchAll(/<ul class="field_errors">(.*?)<\/ul>/gs)]
    .flatMap((list) => [...(list[1] ?? '').matchAll(/<li>(.*?)<\/li>/gs)])
    .map((item) => (item[1] ?? '').trim());
  if (messages.some((message) => message.includes('already exists'))) {
    return new AccountExists(`Label Studio has an account for ${email} already.`);
  }
  const words = messages.join(' ');
  if (/password/i.test(words)) return new PasswordRefused(words);
  return new ToolRefused(
    `Label Studio refused the sign-up of ${email}: ${words || `it answered ${response.status} without a reason`}`,
    'Try the sign-up by hand with the invite link (Organization page): what it says there has to be mended in Label Studio.',
  );
}

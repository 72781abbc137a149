/**
 * Whether something in front of the tool answered in its place: a proxy that redirects, a sign-in page, a firewall.
 *
 * | answer                                                                    | answered by           |
 * |---------------------------------------------------------------------------|-----------------------|
 * | 3xx                                                                       | something in front    |
 * | 401, 403 or 407 that asks for another sign-in than a token (Basic, …)     | something in front    |
 * | 401, 403 or 407 that is no JSON                                           | something in front    |
 * | anything else                                                             | the tool              |
 *
 * The tools answer calls to their APIs with JSON, refusals too (measured: Label Studio 1.23.2, doccano 1.8.4).
 */
import { z } from 'zod';
import { ToolRefused } from './errors.ts';

const headersSchema = z.object({
  server: z.string().optional(),
  via: z.string().optional(),
  location: z.string().optional(),
  'www-authenticate': z.string().optional(),
});
type Headers = z.infer<typeof headersSchema>;

export interface ToolAnswer {
  status: number;
  headers: unknown;
  body: unknown;
}

export interface AskedTool {
  /** As admins call it: "Label Studio". */
  tool: string;
  /** TOOL_BASE_URL. */
  baseUrl: string;
  /** Method and path. */
  request: string;
}

/** The refusal, which names who answered. Null when the tool itself answered. */
export function refusedInFront(answer: ToolAnswer, asked: AskedTool): ToolRefused | null {
  const headers = headersSchema.safeParse(answer.headers).data ?? {};
  const { status } = answer;
  const who = `Something in front of ${asked.tool} (${answerer(headers, asked.baseUrl)})`;
  if (status >= 300 && status < 400) return redirected(headers.location, asked, who);
  if (![401, 403, 407].includes(status)) return null;
  const scheme = headers['www-authenticate']?.split(' ', 1)[0] ?? '';
  const asksForAnother = scheme !== '' && !/^(token|bearer)$/i.test(scheme);
  const isJson = typeof answer.body === 'object' && answer.body !== null;
  if (isJson && !asksForAnother) return null;
  return new ToolRefused(
    `${who} answered ${status} to ${asked.request}${asksForAnother ? ` and asks for a ${scheme} sign-in` : ''}.`,
    passBy(asked.tool),
  );
}

function answerer({ server, via }: Headers, baseUrl: string): string {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl;
  const name = server ?? via;
  return name === undefined ? `at ${host}` : `${name.slice(0, 60)} at ${host}`;
}

/** Where it leads is told without the query, which can hold secrets of a sign-in. */
function redirected(location: string | undefined, { tool, baseUrl, request }: AskedTool, who: string): ToolRefused {
  const target = location !== undefined && URL.canParse(location, baseUrl) ? new URL(location, baseUrl) : null;
  const message = `${who} redirects ${request} to ${target ? target.origin + target.pathname : 'another address'}.`;
  const isOnlyScheme =
    target?.protocol === 'https:' && URL.canParse(baseUrl) && new URL(baseUrl).hostname === target.hostname;
  return new ToolRefused(
    message,
    isOnlyScheme ? `Set TOOL_BASE_URL to the address that begins with ${target.origin}.` : passBy(tool),
  );
}

function passBy(tool: string): string {
  return `Set TOOL_BASE_URL to the address of ${tool} itself, behind it, or let the plugin's requests pass there.`;
}

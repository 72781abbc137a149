/** Filling in one of Label Studio's HTML forms as a browser does: the page's hidden token and its cookie go back with it. */
import type { AxiosInstance, AxiosResponse } from 'axios';
import { z } from 'zod';
import { ToolRefused, ToolUnavailable } from '../errors.ts';
import { refusedInFront } from '../in-front.ts';

/** The answer to the form at this path. Throws {@link ToolUnavailable} or {@link ToolRefused} when there is no form. */
export async function postForm(
  http: AxiosInstance,
  baseUrl: string,
  path: string,
  query: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, string>>,
): Promise<AxiosResponse<unknown>> {
  const page = await http.get<unknown>(path, { params: query });
  if (page.status >= 500) throw new ToolUnavailable(`Label Studio answered ${page.status} to ${path}.`);
  const asked = { tool: 'Label Studio', baseUrl, request: `GET ${path}` };
  const inFront = refusedInFront({ status: page.status, headers: page.headers, body: page.data }, asked);
  if (inFront) throw inFront;
  const csrf = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(String(page.data))?.[1];
  if (csrf === undefined) {
    throw new ToolRefused(
      `Label Studio’s page ${path} has no form to fill in.`,
      'Is TOOL_BASE_URL the address of Label Studio itself, with nothing (a sign-in proxy, say) in front of it?',
    );
  }
  const form = new URLSearchParams({ csrfmiddlewaretoken: csrf, ...fields });
  const headers = { Cookie: cookiesOf(page), Referer: `${baseUrl}${path}` };
  return http.post<unknown>(path, form, { params: query, headers });
}

/** The Cookie header that answers the response's Set-Cookie headers. */
export function cookiesOf(response: AxiosResponse<unknown>): string {
  const set = z.array(z.string()).catch([]).parse(response.headers['set-cookie']);
  return set.map((cookie) => cookie.split(';', 1)[0]).join('; ');
}

/** Plain HTTP for drivers: what a browser or a script of a person would send. */
import { z } from 'zod';

export interface HttpAnswer {
  status: number;
  text: string;
  headers: Headers;
}

/** One request; no redirect is followed, every status is an answer. A body that is no string is sent as JSON. */
export async function send(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): Promise<HttpAnswer> {
  const isForm = typeof body === 'string';
  const contentType = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(60_000),
    headers: { ...(body === undefined ? {} : { 'Content-Type': contentType }), ...headers },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** The JSON of a successful answer in this form; everything else is a failure of the driver. */
export function parsed<Schema extends z.ZodType>(answer: HttpAnswer, schema: Schema): z.output<Schema> {
  if (answer.status >= 300) throw new Error(`The tool answered ${answer.status}: ${answer.text.slice(0, 300)}`);
  return schema.parse(JSON.parse(answer.text));
}

export const idSchema = z.object({ id: z.number() });

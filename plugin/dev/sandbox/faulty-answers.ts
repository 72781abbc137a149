/** Answers that go wrong on purpose: another status, a web page, cut in the middle, one field spoilt. */
import type { Response } from 'express';
import type { AnswerSpoil, RequestFault } from './faults.ts';
import { codeOfStatus, errorEnvelope } from './problem.ts';

/** What a proxy's sign-in page may look like. */
const WEB_PAGE = '<!doctype html><html><head><title>Sign in</title></head><body><form>Password</form></body></html>';

/** Answers as the fault says, in place of `body`. */
export function answerFault(response: Response, fault: RequestFault, body: unknown = {}): void {
  const { status, html, retryAfter } = fault;
  if (status === 'reset') response.destroy();
  else if (status === 'cut') cutAnswer(response, JSON.stringify(body));
  else {
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    response.status(status);
    if (html === true) response.type('html').send(WEB_PAGE);
    else response.json(errorEnvelope(codeOfStatus(status), `The sandbox was told to answer ${status}.`));
  }
}

/** Sends half of the text, which is announced whole, and ends the connection. */
function cutAnswer(response: Response, text: string): void {
  response.status(200).type('json').setHeader('Content-Length', Buffer.byteLength(text));
  response.write(text.slice(0, Math.ceil(text.length / 2)), () => response.destroy());
}

/** A copy of the answer with one field changed or taken away; the same answer where there is no such place. */
export function spoilt(body: unknown, { at, value }: AnswerSpoil): unknown {
  const copy: unknown = structuredClone(body);
  const steps = at.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop();
  const holder = steps.reduce<unknown>((inside, step) => (isHolder(inside) ? inside[step] : undefined), copy);
  if (last === undefined || !isHolder(holder)) return body;
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** An answer of the tool of which only a part may be handed on: read as a whole, filtered, sent. What cannot be filtered is not sent. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { copyHead } from './answer-head.ts';
import { readJson } from './read-body.ts';

/** A page of the data manager with long texts is some megabytes. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Headers that speak of the body as the tool sent it. */
const ofBody: readonly string[] = ['content-length', 'content-encoding', 'etag', 'last-modified'];

/** Hands on what the filter leaves. Returns false, with nothing sent, when the answer cannot be filtered. */
export async function sendFiltered(
  answer: IncomingMessage,
  response: ServerResponse,
  filter: (body: unknown) => unknown,
): Promise<boolean> {
  const status = answer.statusCode ?? 502;
  if (status >= 300) {
    // Refusals and redirects hold nobody's work.
    copyHead(answer, response);
    answer.pipe(response);
    return true;
  }
  const read = await readJson(answer, MOST_BYTES);
  if (read.value !== 'read') {
    answer.destroy();
    return false;
  }
  copyHead(answer, response, ofBody);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(filter(read.body)));
  return true;
}

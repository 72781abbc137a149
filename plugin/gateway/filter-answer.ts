/** An answer of the tool of which only a part may be handed on: read as a whole, filtered, sent. What cannot be filtered is not sent. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { messageOf } from '../errors.ts';
import { copyHead } from './answer-head.ts';
import { readJson } from './read-body.ts';

/** A page of the data manager with long texts is some megabytes. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Headers that speak of the body as the tool sent it. */
const ofBody: readonly string[] = ['content-length', 'content-encoding', 'etag', 'last-modified'];

export interface FilteredAnswer {
  filter: (body: unknown) => unknown;
  /** Nothing was sent: the answer broke off, is no JSON, is too large, or the filter could not read it. */
  failed: (error: Error) => void;
}

/** Hands on what the filter leaves. */
export function sendFiltered(answer: IncomingMessage, response: ServerResponse, given: FilteredAnswer): void {
  const status = answer.statusCode ?? 502;
  if (status >= 300) {
    // Refusals and redirects hold nobody's work.
    copyHead(answer, response);
    // A client must not wait for the rest of one that breaks off.
    pipeline(answer, response, () => undefined);
    return;
  }
  readJson(answer, MOST_BYTES, {
    failed: given.failed,
    read(read) {
      try {
        if (read.value !== 'read') throw new Error(read.value === 'no-json' ? 'it is no JSON' : 'it is too large');
        const body = JSON.stringify(given.filter(read.body));
        copyHead(answer, response, ofBody);
        response.setHeader('Content-Type', 'application/json');
        response.end(body);
      } catch (error) {
        answer.destroy();
        given.failed(new Error(`an answer of the tool cannot be filtered: ${messageOf(error)}`, { cause: error }));
      }
    },
  });
}

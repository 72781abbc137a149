/** A small JSON body, read as a whole. */
import type { IncomingMessage } from 'node:http';

export type ReadBody = { value: 'read'; body: unknown } | { value: 'too-large' } | { value: 'no-json' };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** One of them is called, once. */
export interface Reader {
  read: (body: ReadBody) => void;
  /** It broke off. */
  failed: (error: Error) => void;
}

/**
 * What is larger than so many bytes is read to its end all the same, so that its sender hears the answer, but not kept. `read` is called
 * within the event that brings the last byte: what Node does when a message has ended takes longer than the reading, and nobody need wait.
 */
export function readJson(message: IncomingMessage, mostBytes: number, reader: Reader): void {
  const length = lengthOf(message);
  let chunks: Buffer[] = [];
  let size = 0;
  let isDone = false;
  const once = (act: () => void): void => {
    if (isDone) return;
    isDone = true;
    act();
  };
  const finish = (): void =>
    once(() => {
      const read: ReadBody = size > mostBytes ? { value: 'too-large' } : parsed(chunks);
      chunks = [];
      reader.read(read);
    });
  const fail = (error = new Error('it broke off')): void => once(() => reader.failed(error));
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > mostBytes) chunks = [];
    else chunks.push(chunk);
    if (size === length) finish();
  };
  const there: unknown = message.complete ? message.read() : null;
  if (there instanceof Buffer) take(there);
  message
    .on('data', take)
    .on('end', finish)
    .on('error', fail)
    .on('close', () => fail());
  if (message.destroyed) fail();
}

/** In bytes; undefined where the message does not say it. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined || headers['transfer-encoding'] !== undefined ? undefined : Number(length);
}

function parsed(chunks: readonly Buffer[]): ReadBody {
  const [first] = chunks;
  if (!first) return { value: 'read', body: {} };
  try {
    const bytes = chunks.length === 1 ? first : Buffer.concat(chunks);
    const body: unknown = JSON.parse(utf8.decode(bytes));
    return { value: 'read', body };
  } catch {
    return { value: 'no-json' };
  }
}

/** A small JSON body, read as a whole. */
import { finished, type Readable } from 'node:stream';

export type ReadBody = { value: 'read'; body: unknown } | { value: 'too-large' } | { value: 'no-json' };

/** What is larger is read to its end all the same, so that its sender hears the answer, but not kept. Rejects when the stream breaks off. */
export async function readJson(stream: Readable, mostBytes: number): Promise<ReadBody> {
  const bytes = await readBytes(stream, mostBytes);
  if (!bytes) return { value: 'too-large' };
  if (bytes.length === 0) return { value: 'read', body: {} };
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return { value: 'read', body };
  } catch {
    return { value: 'no-json' };
  }
}

/** By events: an iterator costs as much as all else that is done with a small body, and each trainer's request waits for it. */
function readBytes(stream: Readable, mostBytes: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= mostBytes) chunks.push(chunk);
      else chunks.length = 0;
    });
    finished(stream, (error) => {
      if (error) reject(error);
      else resolve(size <= mostBytes ? Buffer.concat(chunks) : null);
    });
  });
}

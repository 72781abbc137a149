/** A small JSON body, read as a whole. */
import type { Readable } from 'node:stream';

export type ReadBody = { value: 'read'; body: unknown } | { value: 'too-large' } | { value: 'no-json' };

/** Reads at most so many bytes; what is larger is not kept. Rejects when the stream fails. */
export async function readJson(stream: Readable, mostBytes: number): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > mostBytes) return { value: 'too-large' };
    chunks.push(bytes);
  }
  if (size === 0) return { value: 'read', body: {} };
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
    return { value: 'read', body };
  } catch {
    return { value: 'no-json' };
  }
}

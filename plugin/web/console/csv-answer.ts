/** An answer that is a CSV file to be saved. */
import { once } from 'node:events';
import type { Response } from 'express';

/** Begins the file; what is returned writes a part of it, and waits while the reader is slower. A reader who left ends it. */
export function openCsv(response: Response, name: string): (text: string) => Promise<void> {
  response.status(200).type('text/csv').attachment(name).set('Cache-Control', 'no-store');
  return async (text) => {
    if (text === '' || response.write(text)) return;
    if (!response.destroyed) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (response.destroyed) throw new Error('The reader left before the end of the file.');
  };
}

/** An answer that is a CSV file to be saved. */
import { once } from 'node:events';
import type { Response } from 'express';
import type { LongList } from '../../store/window.ts';
import { csvLine } from '../../text/csv.ts';

type Cells = readonly (string | number | null)[];

const ROWS_A_READ = 1_000;

/** Answers with a long list as a file, read and written in parts, so that its length costs no memory. */
export async function sendCsv<Row>(
  response: Response,
  name: string,
  list: LongList<Row>,
  { heads, cells }: { heads: readonly string[]; cells: (row: Row) => Cells },
): Promise<void> {
  const write = openCsv(response, name);
  try {
    await write(csvLine(heads));
    for (let offset = 0; ; offset += ROWS_A_READ) {
      const rows = await list.read({ offset, limit: ROWS_A_READ });
      await write(rows.map((row) => csvLine(cells(row))).join(''));
      if (rows.length < ROWS_A_READ) break;
    }
    response.end();
  } catch (error) {
    if (!response.destroyed) throw error;
  }
}

/** Begins the file; what is returned writes a part of it, and waits while the reader is slower. A reader who left ends it. */
export function openCsv(response: Response, name: string): (text: string) => Promise<void> {
  response.status(200).type('text/csv').attachment(name).set('Cache-Control', 'no-store');
  return async (text) => {
    if (text === '' || response.write(text)) return;
    if (!response.destroyed) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (response.destroyed) throw new Error('The reader left before the end of the file.');
  };
}

/** A table for the terminal: columns aligned, headings on top. */
import { cut, oneLine } from './one-line.ts';

/** Of every column but the last: a name that fills the screen would hide what stands beside it. */
const WIDEST_COLUMN = 60;
const WIDEST_LAST_COLUMN = 400;

/** The rows below their headings, each column as wide as its widest cell, up to a greatest width; control characters are folded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const last = headings.length - 1;
  const lines = [headings, ...rows].map((row) =>
    row.map((cell, column) => cut(oneLine(cell), column === last ? WIDEST_LAST_COLUMN : WIDEST_COLUMN)),
  );
  const widths = headings.map((_heading, column) => Math.max(...lines.map((row) => [...(row[column] ?? '')].length)));
  return lines
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

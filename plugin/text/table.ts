/** A table for the terminal: columns aligned, headings on top. */
import { stripVTControlCharacters } from 'node:util';

/** The rows below their headings, each column as wide as its widest cell; control characters are taken out. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((row) =>
    row.map((cell) => stripVTControlCharacters(cell).replaceAll(/\s+/g, ' ')),
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

/** Lines of CSV (RFC 4180), for spreadsheets. */
import { oneLine } from './one-line.ts';

/** A line with its end, CR LF. What is null is empty. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * One cell. Names come from outside: what a spreadsheet would take for a formula gets an apostrophe in front, which makes it text
 * (OWASP, "CSV Injection"). A spreadsheet that splits at another separator makes cells of its own within ours, so what follows a
 * separator is treated the same.
 */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = oneLine(value).replaceAll(FORMULA_START, "$1'$2");
  return /[",;|']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Also the full-width forms, which spreadsheets read as the plain ones. */
const FORMULA_START = /(^|[,;|:"'\s])([=+\-@＝＋－＠])/g;

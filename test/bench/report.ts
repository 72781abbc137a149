/** What a bench measured: printed as a row, and handed to `npm run bench`, which makes one table of all. */
import { appendFileSync } from 'node:fs';
import { z } from 'zod';

const rowSchema = z.object({
  what: z.string(),
  /** In words, with its unit. */
  measured: z.string(),
  /** What stands beside it; empty: nothing. */
  baseline: z.string(),
  ratio: z.string(),
  /** Empty: none. */
  goal: z.string(),
  /** null: there is no goal. */
  isMet: z.boolean().nullable(),
});
export type Row = z.infer<typeof rowSchema>;

/** The file that the rows are handed over in: `npm run bench` names one for each bench. */
export const ROWS_FILE = 'BENCH_ROWS_FILE';

export const HEAD = ['| what | measured | baseline beside it | ratio | goal |', '|---|---|---|---|---|'];

/** Prints a row, and hands it over. `goal`: in words, and whether what was measured meets it. */
export function report(
  what: string,
  measured: string,
  {
    baseline = '',
    ratio = Number.NaN,
    goal,
  }: { baseline?: string; ratio?: number; goal?: { words: string; isMet: boolean } },
): void {
  const row: Row = {
    ...{ what, measured, baseline },
    ratio: Number.isFinite(ratio) ? `${ratio.toFixed(ratio < 10 ? 2 : 0)} ×` : '',
    ...(goal ? { goal: goal.words, isMet: goal.isMet } : { goal: '', isMet: null }),
  };
  console.log(rowText(row));
  const file = process.env[ROWS_FILE];
  if (file) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/** A row of the table, with a word where its goal is not met. */
export function rowText({ what, measured, baseline, ratio, goal, isMet }: Row): string {
  return `| ${[what, measured, baseline, ratio, isMet === false ? `${goal}: not met` : goal].join(' | ')} |`;
}

/** The rows in the text of such a file. */
export function readRows(text: string): Row[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => rowSchema.parse(JSON.parse(line)));
}

/** "3.2 ms", "45 ms", "1.20 s". */
export function duration(milliseconds: number): string {
  if (milliseconds >= 1_000) return `${(milliseconds / 1_000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** A goal of at most so many milliseconds. */
export function within(limitMs: number, milliseconds: number): { words: string; isMet: boolean } {
  const words = limitMs < 1_000 ? `≤ ${limitMs} ms` : `≤ ${limitMs / 1_000} s`;
  return { words, isMet: milliseconds <= limitMs };
}

/** A goal of at most so many times the baseline. */
export function atMost(times: number, ratio: number): { words: string; isMet: boolean } {
  return { words: `≤ ${times} ×`, isMet: ratio <= times };
}

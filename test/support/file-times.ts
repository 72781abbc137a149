/** How long each test file took: the suite must stay well below an hour, and the slowest files say where to look. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** Setting (environment) with the file in which the processes that run test files note the times. */
export const TIMES_FILE = 'TEST_TIMES_FILE';

const timeSchema = z.object({ file: z.string(), seconds: z.number() });
export type FileTime = z.infer<typeof timeSchema>;

/** Appends one time. */
export function keepTime(path: string, time: FileTime): void {
  appendFileSync(path, `${JSON.stringify(time)}\n`);
}

/** The files that took longest, the longest first. */
export function slowestFiles(path: string, count: number): FileTime[] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  const times = lines.map((line) => timeSchema.parse(JSON.parse(line)));
  return times.sort((a, b) => b.seconds - a.seconds).slice(0, count);
}

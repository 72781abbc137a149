/**
 * A process of its own that writes into a tool's SQLite file as the tool does: one short transaction every 20 ms, with Python's patience of
 * 5 s. Parameter: the file. Told to end (SIGTERM), it prints how long its writes took, as JSON.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';

const EVERY_MS = 20;
const PATIENCE_MS = 5_000;

const database = new DatabaseSync(process.argv[2] ?? '', { timeout: PATIENCE_MS });
const change = database.prepare(
  'UPDATE htx_user SET last_activity = last_activity WHERE id = (SELECT min(id) FROM htx_user)',
);
const times: number[] = [];
let failed = 0;
let isOver = false;
process.once('SIGTERM', () => {
  isOver = true;
});
process.stdout.write('ready\n');
while (!isOver) {
  const startedAt = performance.now();
  try {
    change.run();
  } catch {
    failed += 1;
  }
  times.push(performance.now() - startedAt);
  await wait(EVERY_MS);
}
database.close();
times.sort((a, b) => a - b);
const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
process.stdout.write(`${JSON.stringify({ writes: times.length, failed, p99: at(0.99), longest: at(1) })}\n`);

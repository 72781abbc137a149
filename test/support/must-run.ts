/** Programs that a test cannot do without. */
import { spawnSync } from 'node:child_process';

/** Runs a program to its end. Throws with its last words when it fails. */
export function mustRun(command: string, parameters: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status === 0) return;
  const lastWords = error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-10).join('\n');
  throw new Error(`${[command, ...parameters].join(' ')} failed (exit code ${status}): ${lastWords}`);
}

/** Lines of `doctor`. */
import type { Check } from '../../adapters/tool.ts';

/** A line that is well. */
export function ok(id: string, title: string, why: string): Check {
  return { id, title, result: 'ok', why, remedy: '' };
}

/** A line that is not, with what to do. */
export function failure(id: string, title: string, why: string, remedy: string): Check {
  return { id, title, result: 'failure', why, remedy };
}

/** What caused the work under way, so that its effects can be followed back to it. */
import { AsyncLocalStorage } from 'node:async_hooks';

const causes = new AsyncLocalStorage<string>();

/**
 * Runs the work with what caused it, such as "event 1042 (contract.ended)": every log line within it has it as `cause`, and every queue
 * item that it marks keeps it. So one text leads from a delivery to its effects, in the log, the queue and the audit log.
 */
export function withCause<Value>(cause: string, work: () => Promise<Value>): Promise<Value> {
  return causes.run(cause, work);
}

/** The fields that every log line has: for `createLog`. */
export function causeField(): { cause?: string } {
  const cause = causes.getStore();
  return cause === undefined ? {} : { cause };
}

/** The log: JSON lines on standard error, secrets taken out. Lines of one chain of work share its `cause`. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { destination, type Logger, pino } from 'pino';

/** Names of fields that hold secrets wherever they appear, one and two levels deep. */
const SECRET_FIELDS = ['token', 'secret', 'password', 'authorization', 'cookie', 'apiToken', 'smtpUrl', 'databaseUrl'];

const causes = new AsyncLocalStorage<string>();

/**
 * Runs the work with what caused it, such as "event 1042 (contract.ended)": every log line within it has it as `cause`, and every queue
 * item that it marks keeps it. So one text leads from a delivery to its effects, in the log, the queue and the audit log.
 */
export function withCause<Value>(cause: string, work: () => Promise<Value>): Promise<Value> {
  return causes.run(cause, work);
}

/** The fields that every log line has: for {@link createLog}. */
export function causeField(): { cause?: string } {
  const cause = causes.getStore();
  return cause === undefined ? {} : { cause };
}

/** A logger for LOG_LEVEL. */
export function createLog(level: string): Logger {
  const paths = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const options = { level, redact: { paths, censor: '[redacted]' }, base: null, mixin: causeField };
  return pino(options, destination(2));
}

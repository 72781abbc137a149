/** The log: JSON lines on standard error, secrets taken out. Lines of one chain of work share its `cause`. */
import { destination, type Logger, pino } from 'pino';
import { causeField } from './cause.ts';

/** Names of fields that hold secrets wherever they appear, one and two levels deep. */
const SECRET_FIELDS = ['token', 'secret', 'password', 'authorization', 'cookie', 'apiToken', 'smtpUrl', 'databaseUrl'];

/** A logger for LOG_LEVEL. */
export function createLog(level: string): Logger {
  const paths = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const options = { level, redact: { paths, censor: '[redacted]' }, base: null, mixin: causeField };
  return pino(options, destination(2));
}

/** The log: JSON lines on standard error, secrets taken out. */
import { destination, type Logger, pino } from 'pino';

/** Names of fields that hold secrets wherever they appear, one and two levels deep. */
const SECRET_FIELDS = ['token', 'secret', 'password', 'authorization', 'cookie', 'apiToken', 'smtpUrl', 'databaseUrl'];

/** A logger for LOG_LEVEL. */
export function createLog(level: string): Logger {
  const paths = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino({ level, redact: { paths, censor: '[redacted]' }, base: null }, destination(2));
}

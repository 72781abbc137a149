/** This machine's clock against OpenTrain's: beyond five minutes every signature is refused (contract: "Webhook deliveries"). */
import type { Logger } from 'pino';
import { count } from '../audit/counters.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { SIGNATURE_TOLERANCE_SECONDS } from '../platform/signature.ts';
import type { Database } from '../store/database.ts';

/** Half of what is tolerated is reason enough to say so. */
const WORTH_A_WARNING_SECONDS = SIGNATURE_TOLERANCE_SECONDS / 2;
const WARN_AGAIN_AFTER_MS = 3_600_000;

/** What `status` shows it under. */
export const CLOCK_COUNTER = 'clock differs from OpenTrain’s';

/** Says once an hour, in the log and in a counter, that the clocks differ. To be told their difference after every call. */
export function watchClock(parts: { database: Database; clock: Clock; log: Logger }): (milliseconds: number) => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return (milliseconds) => {
    const seconds = Math.round(milliseconds / 1_000);
    if (Math.abs(seconds) < WORTH_A_WARNING_SECONDS || performance.now() - warnedAt < WARN_AGAIN_AFTER_MS) return;
    warnedAt = performance.now();
    const message = clockMessage(seconds);
    parts.log.error({ seconds }, message);
    count(parts.database, CLOCK_COUNTER, message, parts.clock.now()).catch((error: unknown) => {
      parts.log.error({ error: messageOf(error) }, 'the difference of the clocks could not be counted');
    });
  };
}

function clockMessage(seconds: number): string {
  const direction = seconds > 0 ? 'behind' : 'ahead of';
  const refused = Math.abs(seconds) > SIGNATURE_TOLERANCE_SECONDS;
  const consequence = refused
    ? 'every delivery is refused, because its signature looks stale'
    : `beyond ${SIGNATURE_TOLERANCE_SECONDS} s every delivery is refused`;
  return `This machine's clock is ${Math.abs(seconds)} s ${direction} OpenTrain's: ${consequence}. Set the clock (NTP).`;
}

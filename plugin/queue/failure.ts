/** What a failure means for work: which dependency is down, and when to try again. */
import { z } from 'zod';
import { ToolUnavailable } from '../../adapters/errors.ts';
import { AdminError } from '../errors.ts';
import { Disconnected, OpenTrainRefused, OpenTrainUnavailable, TokenRefused } from '../platform/errors.ts';
import type { Dependency } from './outages.ts';

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** What failed because something else was away is not to blame, and is wanted soon after that is back. */
export const LONGEST_WAIT_FOR_DEPENDENCY_MS = 60_000;
const UNAUTHORIZED = 401;

/** nodemailer's errors that are about the server, not about this mail. */
const mailServerErrorSchema = z.union([
  z.object({ code: z.enum(['ECONNECTION', 'ESOCKET', 'EDNS', 'ETLS', 'EAUTH', 'EPROTOCOL', 'EPROXY']) }),
  // A database's sockets time out with this code too, but name no SMTP command.
  z.object({ code: z.literal('ETIMEDOUT'), command: z.string() }),
]);

/** What a handler throws when a try before `waitMs` have passed cannot help; it says nothing about other items. */
export class TryLater extends AdminError {
  override name = 'TryLater';
  readonly waitMs: number;
  constructor(message: string, remedy: string, waitMs: number) {
    super(message, remedy);
    this.waitMs = waitMs;
  }
}

/** The dependency whose absence this failure shows; null when it is about the piece of work itself. */
export function dependencyOf(error: unknown): Dependency | null {
  if (error instanceof OpenTrainUnavailable || error instanceof Disconnected || error instanceof TokenRefused) {
    return 'opentrain';
  }
  // The token itself is refused: nothing else that we ask of OpenTrain can work either.
  if (error instanceof OpenTrainRefused && error.status === UNAUTHORIZED) return 'opentrain';
  if (error instanceof ToolUnavailable) return 'tool';
  if (mailServerErrorSchema.safeParse(error).success) return 'mail';
  if (error instanceof AggregateError) return error.errors.map(dependencyOf).find((found) => found !== null) ?? null;
  return null;
}

/** How long OpenTrain asked us to wait, in milliseconds. */
export function askedWait(error: unknown): number {
  return error instanceof OpenTrainUnavailable ? (error.retryAfterMs ?? 0) : 0;
}

/** Exponential back-off with jitter, in milliseconds, after so many tries; `random` is from 0 to 1. */
export function backOff(attempts: number, random: number, longest = LONGEST_WAIT_MS): number {
  return Math.min(longest, FIRST_WAIT_MS * 2 ** Math.min(attempts, 20)) * (0.5 + random / 2);
}

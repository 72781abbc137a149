/** What a failure means for work: which dependency is down, and when to try again. */
import { ToolUnavailable } from '../../adapters/tool.ts';
import { OpenTrainUnavailable } from '../opentrain/errors.ts';
import { Disconnected } from '../opentrain/token.ts';
import type { Dependency } from '../store/outages.ts';

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** Mail could not be handed to the SMTP server: later may work. */
export class MailUnavailable extends Error {
  override name = 'MailUnavailable';
}

/** The dependency whose absence this failure shows; null when it is about the piece of work itself. */
export function dependencyOf(error: unknown): Dependency | null {
  if (error instanceof OpenTrainUnavailable || error instanceof Disconnected) return 'opentrain';
  if (error instanceof ToolUnavailable) return 'tool';
  if (error instanceof MailUnavailable) return 'mail';
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

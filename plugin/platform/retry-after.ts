/** How long an answer asks us to wait. */
import { z } from 'zod';

/** Retry-After of these headers in milliseconds: seconds or an HTTP date. null when there is none that can be read. */
export function askedWaitMs(headers: object, now: Date): number | null {
  const header = z.object({ 'retry-after': z.string() }).safeParse(headers).data?.['retry-after'];
  if (header === undefined) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now.getTime());
}

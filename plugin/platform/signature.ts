/** Webhook signatures (contract: "Webhook deliveries"): `t=<unix seconds>,v1=<hex HMAC-SHA256(secret, "<t>.<raw body>")>`. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A signature this far from our clock, in seconds, is refused. */
export const SIGNATURE_TOLERANCE_SECONDS = 300;

export type SignatureVerdict = 'valid' | 'missing' | 'malformed' | 'stale' | 'forged';

/** The header for a body, as OpenTrain makes it. */
export function signatureHeader(secret: string, body: Buffer, at: Date): string {
  const timestamp = Math.floor(at.getTime() / 1_000);
  return `t=${timestamp},v1=${digest(secret, String(timestamp), body).toString('hex')}`;
}

/**
 * Judges a delivery's raw body against every secret that is valid at the moment (two while one is being replaced). Each
 * comparison takes the same time whatever the digits are. The secret is used whole, `whsec_` included.
 */
export function verifySignature(
  header: string | undefined,
  body: Buffer,
  secrets: readonly string[],
  now: Date,
): SignatureVerdict {
  if (!header) return 'missing';
  const parts = header.split(',').map((part) => part.trim().split('='));
  const timestamp = parts.find(([name]) => name === 't')?.[1] ?? '';
  const offered = parts.filter(([name, value]) => name === 'v1' && /^[0-9a-f]{64}$/.test(value ?? ''));
  if (!/^\d{1,12}$/.test(timestamp) || offered.length === 0) return 'malformed';
  const genuine = secrets.some((secret) => {
    const expected = digest(secret, timestamp, body);
    return offered.some(([, value]) => timingSafeEqual(expected, Buffer.from(value ?? '', 'hex')));
  });
  if (!genuine) return 'forged';
  const age = Math.abs(now.getTime() / 1_000 - Number(timestamp));
  return age > SIGNATURE_TOLERANCE_SECONDS ? 'stale' : 'valid';
}

function digest(secret: string, timestamp: string, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
}

/**
 * Signed form tokens: a form is only taken when it came from a page of ours, opened not too long ago. `subject` names what the
 * form is about (an invitation's token, a console session), so that a token of one form is worthless for another.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { SigningKeys } from '../keys.ts';

const LIFETIME_MS = 12 * 3_600_000;

/** A token for one form about this subject, good for 12 hours. */
export function makeFormToken([key]: SigningKeys, subject: string, now: Date): string {
  const expiresAt = (now.getTime() + LIFETIME_MS).toString(36);
  return `${expiresAt}.${signature(key, subject, expiresAt)}`;
}

/** Whether the token was made for this subject and has not expired. */
export function isFormToken(keys: SigningKeys, subject: string, token: unknown, now: Date): boolean {
  if (typeof token !== 'string') return false;
  const [expiresAt = '', given = ''] = token.split('.');
  const actual = Buffer.from(given);
  const fits = keys.some((key) => {
    const expected = Buffer.from(signature(key, subject, expiresAt));
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  });
  if (!fits) return false;
  return Number.parseInt(expiresAt, 36) > now.getTime();
}

function signature(key: Buffer, subject: string, expiresAt: string): string {
  return createHmac('sha256', key).update(`form\n${subject}\n${expiresAt}`).digest('base64url');
}

/**
 * Refuses forms that a browser says were sent by another site's page. Browsers tell `Sec-Fetch-Site` over https only: without it, the
 * `Origin` must be where the form is sent to, or PLUGIN_PUBLIC_URL. An origin that is hidden ("null") is left to the token.
 */
export function refuseCrossSite(publicUrl: string): RequestHandler {
  return (request, response, next) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads || !isFromAnotherSite(request, publicUrl)) return next();
    const told = 'This form was sent from another site. Open the page itself and try again.\n';
    response.status(403).type('text').send(told);
  };
}

function isFromAnotherSite(request: Request, publicUrl: string): boolean {
  const site = request.get('Sec-Fetch-Site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = request.get('Origin');
  if (origin === undefined || origin === 'null') return false;
  const host = URL.parse(origin)?.host;
  return host === undefined || (host !== request.host && host !== new URL(publicUrl).host);
}

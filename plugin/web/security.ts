/** What protects every page: headers and rate limits. */
import type { Request, RequestHandler, Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import type { Settings } from '../settings/settings.ts';

const MINUTE_MS = 60_000;

/** Headers of every answer: only our own files, no inline script, framed by nobody, no referrer (addresses hold one-time tokens). */
export function securityHeaders(settings: { plugin: Pick<Settings['plugin'], 'hsts'> }): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        // The report is shown as it is mailed, on a page of its own.
        'frame-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    // It would shut http tools on the same host, so it is only said when asked for.
    strictTransportSecurity: settings.plugin.hsts && { maxAge: 31_536_000, includeSubDomains: false },
  });
}

export interface RateLimits {
  /** Looking at pages. */
  pages: RequestHandler;
  /** Sending forms that set or ask for a password, or sign in; an office of trainers may share one address. */
  credentials: RequestHandler;
  /** A trainer's own page, which asks the tool's database: for each link, whatever address it is opened from. */
  trainersPages: RequestHandler;
}

/** Limits for each address, counted in this process. `refuse` answers in place of the page. */
export function createRateLimits(refuse: (response: Response) => void): RateLimits {
  const limit = (
    windowMs: number,
    requests: number,
    skip: (method: string) => boolean,
    by: { keyGenerator?: (request: Request) => string } = {},
  ): RequestHandler =>
    rateLimit({
      ...by,
      windowMs,
      limit: requests,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      skip: (request) => skip(request.method),
      handler: (_request, response) => refuse(response),
    });
  return {
    pages: limit(MINUTE_MS, 240, () => false),
    trainersPages: limit(MINUTE_MS, 20, () => false, { keyGenerator: ({ path }) => path }),
    credentials: limit(10 * MINUTE_MS, 60, (method) => method === 'GET' || method === 'HEAD'),
  };
}

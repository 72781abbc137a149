/** The sandbox as one Express app: API, served specification, consent page, control. */
import express, { type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { type ApiOptions, BASE_PATH, createApi, operations } from './api.ts';
import { createConsent } from './consent.ts';
import type { SandboxControl } from './control.ts';
import { createControlRoutes } from './control-routes.ts';
import { openApiDocument } from './openapi.ts';
import { errorEnvelope } from './problem.ts';

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** Builds the app. Answers carry the `Date` of the sandbox's clock. */
export function createServer(options: ApiOptions, control: SandboxControl): express.Express {
  const { platform } = options;
  const app = express().disable('x-powered-by').disable('etag');
  app.use((_request, response, next) => {
    response.setHeader('Date', platform.clock.now().toUTCString());
    next();
  });
  app.get('/openapi.json', (request, response) => {
    response.json(openApiDocument(`${request.protocol}://${request.headers.host}${BASE_PATH}`, operations));
  });
  app.use(BASE_PATH, createApi(options));
  app.use(pageHeaders, onlyFromHere);
  app.use('/integrations', createConsent(platform, control));
  app.use('/sandbox', createControlRoutes(platform, control, BASE_PATH));
  app.get('/', (_request, response) => response.redirect('/sandbox'));
  return app;
}

const pageHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], styleSrc: ["'self'"], imgSrc: ["'self'", 'data:'], formAction: ["'self'"] },
  },
  // With `no-referrer` a browser sends `Origin: null` from our own forms.
  referrerPolicy: { policy: 'same-origin' },
});

/** Refuses what another site's page could send through the developer's browser: a foreign Host or Origin. */
function onlyFromHere(request: Request, response: Response, next: NextFunction): void {
  const { host = '', origin } = request.headers;
  const foreign = origin !== undefined && origin !== `${request.protocol}://${host}`;
  const message = 'The sandbox takes this only from its own pages and from scripts on this computer.';
  if (LOOPBACK_HOST.test(host) && !foreign) next();
  else response.status(403).json(errorEnvelope('FORBIDDEN', message));
}

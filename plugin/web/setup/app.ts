/** The guided set-up in the browser: served in place of the plugin while nothing is set up, and gone once it is. */
import express, { type Express, type Response, Router } from 'express';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { SetupProgress } from '../../setup/progress.ts';
import type { Environment } from '../../setup/steps.ts';
import { RECEIVER_PATH } from '../../webhooks/endpoint.ts';
import { assets } from '../assets.ts';
import { readBasePath } from '../base-path.ts';
import { refuseCrossSite } from '../form-token.ts';
import { FORM_TOO_OLD, pathPart, readForm } from '../forms.ts';
import { healthRoutes } from '../health.ts';
import { errorPage, notFound, problemPage, tooManyRequests } from '../problems.ts';
import { createViews, type Views } from '../render.ts';
import { createRateLimits, securityHeaders } from '../security.ts';
import { finishPages } from './finish-pages.ts';
import { SetupSession } from './session.ts';
import { stepPages } from './step-pages.ts';

/** What forms of the signed-in pages are about. */
export const FORM_SUBJECT = 'setup';

const NOT_YET = 'The plugin is not set up yet.';
const HOW_TO_BEGIN =
  'Open the link that `opentrain-plugin start` printed where it runs. To get a new one, start it again.';

export interface SetupParts {
  progress: SetupProgress;
  /** Where browsers reach these pages. */
  publicUrl: string;
  /** Where the answers are written. */
  file: string;
  environment: Environment;
  clock: Clock;
  log: Logger;
  /** Writes the answers and begins the normal service. Throws AdminError. Returns where to sign in to the console. */
  finish(): Promise<{ signInUrl: string }>;
}

/** The app, listening nowhere yet, and the address that begins it: a link that works once. */
export function createSetupApp(parts: SetupParts): { app: Express; beginUrl: string } {
  const basePath = new URL(parts.publicUrl).pathname.replace(/\/$/, '');
  const views = createViews({
    clock: parts.clock,
    settings: { usage: { timezone: 'UTC' }, plugin: { basePath }, mail: { language: 'en' } },
  });
  const session = new SetupSession({ publicUrl: parts.publicUrl, basePath }, parts.clock);
  const app = express();
  app.disable('x-powered-by');
  app.use(readBasePath(basePath));
  // OpenTrain keeps what is answered with 503 and sends it again.
  app.use(RECEIVER_PATH, (_request, response) => void response.status(503).json({ error: NOT_YET }));
  app.use(securityHeaders({ plugin: { hsts: false } }));
  app.use(healthRoutes(async () => ({ ready: false, why: NOT_YET })));
  app.use('/assets', assets());
  app.use(pages(parts, views, session));
  app.use(notFound(views));
  app.use(errorPage(parts, views));
  return { app, beginUrl: `${parts.publicUrl}/setup/begin/${session.ticket}` };
}

function pages(parts: SetupParts, views: Views, session: SetupSession): Router {
  const router = Router();
  const limits = createRateLimits(tooManyRequests(views));
  router.use(limits.pages, refuseCrossSite(parts.publicUrl));
  router.use('/setup/begin', beginPages(views, session, limits.credentials));
  router.use((request, response, next) => {
    if (session.isHolder(request)) return next();
    problemPage(views, response, 401, {
      title: NOT_YET,
      message: 'This browser may not set it up.',
      remedy: HOW_TO_BEGIN,
    });
  });
  router.post(
    '/setup/*rest',
    readForm,
    session.requireToken(FORM_SUBJECT, (response) => tooOld(views, response)),
  );
  router.get(['/', '/setup'], (_request, response) => {
    const { next } = parts.progress;
    response.redirect(302, next ? `/setup/steps/${next.name}` : '/setup/finish');
  });
  router.use(stepPages(parts, views, session), finishPages(parts, views, session));
  return router;
}

/** GET shows a button and POST begins: a program that only looks at links does not use the ticket up. */
function beginPages(views: Views, session: SetupSession, credentials: express.RequestHandler): Router {
  const router = Router();
  const refuse = (response: Response): void =>
    problemPage(views, response, 410, {
      title: 'This link no longer works',
      message: 'It works once.',
      remedy: HOW_TO_BEGIN,
    });
  router.get('/:ticket', (request, response) => {
    const ticket = pathPart(request, 'ticket');
    if (!session.isTicketOpen(ticket)) return refuse(response);
    views.page(response, 'setup/begin', {
      action: `/setup/begin/${ticket}`,
      formToken: session.formToken(`begin ${ticket}`),
    });
  });
  router.post('/:ticket', credentials, readForm, (request, response, next) => {
    const ticket = pathPart(request, 'ticket');
    const check = session.requireToken(`begin ${ticket}`, (answer) => tooOld(views, answer));
    check(request, response, (error?: unknown) => {
      if (error) return next(error);
      if (!session.begin(response, ticket)) return refuse(response);
      response.redirect(303, '/setup');
    });
  });
  return router;
}

function tooOld(views: Views, response: Response): void {
  problemPage(views, response, 403, {
    title: 'This form was not taken',
    message: FORM_TOO_OLD,
    remedy: 'Go back, reload the page and try again.',
  });
}

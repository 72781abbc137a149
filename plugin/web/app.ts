/** The express app: every route of the plugin (design: "HTTP"). */
import express, { type Express, type RequestHandler, Router } from 'express';
import type { PluginContext } from '../context.ts';
import type { RunningSettings } from '../setup/running-settings.ts';
import { RECEIVER_PATH } from '../webhooks/endpoint.ts';
import { assets } from './assets.ts';
import { readBasePath } from './base-path.ts';
import { refuseCrossSite } from './form-token.ts';
import { readForwarded } from './forwarded.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { invitationPages } from './invitation-pages.ts';
import { metricsRoute } from './metrics.ts';
import { passwordPages } from './password-pages.ts';
import { errorPage, methodNotAllowed, notFound, tooManyRequests } from './problems.ts';
import { createViews, type Views } from './render.ts';
import { createRateLimits, securityHeaders } from './security.ts';
import { trainerPage } from './trainer-page.ts';

export interface AppParts {
  /** Receives OpenTrain's deliveries on raw bytes: it is mounted before anything that parses bodies. */
  webhooks: RequestHandler;
  ready: () => Promise<Readiness>;
  /** What the console changes settings in; without it, it only shows them. */
  runningSettings?: RunningSettings | undefined;
}

/** The app, listening nowhere yet. */
export function createApp(context: PluginContext, parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(readBasePath(context.settings.plugin.basePath));
  readForwarded(app, context);
  app.use(RECEIVER_PATH, parts.webhooks);
  app.use(securityHeaders(context.settings));
  app.use(healthRoutes(parts.ready));
  app.use(metricsRoute(context));
  app.use('/assets', assets());
  const views = createViews(context);
  app.use(pages(context, views, parts.runningSettings ?? null));
  app.use(notFound(views));
  app.use(errorPage(context, views));
  return app;
}

/** Everything that people look at. */
function pages(context: PluginContext, views: Views, runningSettings: RunningSettings | null): Router {
  const router = Router();
  const limits = createRateLimits(tooManyRequests(views));
  router.use(limits.pages, refuseCrossSite(context.settings.plugin.publicUrl));
  router.get('/', (_request, response) => response.redirect(302, '/console'));
  router.all('/', methodNotAllowed(views, ['GET']));
  router.use('/invitations', invitationPages(context, views, limits.credentials));
  router.use('/work', trainerPage(context, views, limits.trainersPages));
  router.use('/password', passwordPages(context, views, limits.credentials));
  router.use(
    lazily(async () => {
      const { consoleRoutes } = await import('./console/routes.ts');
      return consoleRoutes({ context, views, runningSettings, credentials: limits.credentials });
    }),
  );
  return router;
}

/** Routes that are loaded with the first request that reaches them: they are many files, and deliveries must not wait for them. */
function lazily(load: () => Promise<Router>): RequestHandler {
  let loaded: Promise<Router> | undefined;
  return async (request, response, next) => {
    loaded ??= load();
    (await loaded)(request, response, next);
  };
}

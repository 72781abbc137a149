/** Everything behind the console's sign-in. */
import { type RequestHandler, Router } from 'express';
import type { PluginContext } from '../../context.ts';
import type { RunningSettings } from '../../setup/running-settings.ts';
import { readForm } from '../forms.ts';
import { methodNotAllowed } from '../problems.ts';
import type { Views } from '../render.ts';
import { accounts } from './accounts.ts';
import { audit } from './audit.ts';
import { budgets } from './budgets.ts';
import { connect } from './connect.ts';
import { Console } from './console.ts';
import { deliveries } from './deliveries.ts';
import { EXPLAIN_PATH, explain } from './explain.ts';
import { HELD_PATH, held } from './held.ts';
import { oidcRoutes } from './oidc.ts';
import { overview } from './overview.ts';
import { projects } from './projects.ts';
import { queue } from './queue.ts';
import { removeEverybody } from './remove-everybody.ts';
import { report } from './report.ts';
import { runPages, runs } from './runs.ts';
import { Sessions } from './session.ts';
import { settings } from './settings.ts';
import { trainers } from './trainers.ts';
import { usage } from './usage.ts';

interface ConsoleParts {
  context: PluginContext;
  views: Views;
  runningSettings: RunningSettings | null;
  /** Limits how often somebody may try to sign in. */
  credentials: RequestHandler;
}

/** The routes /console/… and /connect/…. */
export function consoleRoutes({ context, views, runningSettings, credentials }: ConsoleParts): Router {
  const sessions = new Sessions(context, views);
  const console = new Console(context, views, sessions, runningSettings);
  const router = Router();
  router.use('/console', sessions.routes(credentials), oidcRoutes(context, views, sessions));
  router.use(['/console', '/connect'], sessions.require);
  router.post('/console/sign-out', readForm, console.requireToken, (request, response) =>
    sessions.signOut(request, response),
  );
  router.use(['/console', '/connect'], console.requireAdmin);
  router.post(['/console', '/console/*rest', '/connect', '/connect/*rest'], readForm, console.requireToken);
  for (const [path, routes] of Object.entries(consolePages(console))) {
    router.use(path, routes);
    router.all(path, methodNotAllowed(views, ['GET']));
  }
  return router;
}

/** The routes of every page by the address that they lie below. */
export function consolePages(console: Console): Record<string, Router> {
  return {
    '/console': overview(console),
    '/console/trainers': trainers(console),
    '/console/accounts': accounts(console),
    '/console/projects': projects(console),
    '/console/budgets': budgets(console),
    '/console/usage': usage(console),
    [HELD_PATH]: held(console),
    [EXPLAIN_PATH]: explain(console),
    '/console/deliveries': deliveries(console),
    '/console/queue': queue(console),
    '/console/audit': audit(console),
    ...Object.fromEntries(runPages.map((page) => [page.path, runs(console, page)])),
    '/console/report': report(console),
    '/console/settings': settings(console),
    '/console/remove-everybody': removeEverybody(console),
    '/connect': connect(console),
  };
}

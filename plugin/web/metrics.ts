/** /metrics for Prometheus, computed from the store at each scrape. Numbers only: nobody is named. METRICS_TOKEN keeps others out. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import type { PluginContext } from '../context.ts';
import { readCounts } from '../status/counts.ts';
import { readStatus } from '../status/status.ts';
import { usageTotals } from '../status/usage.ts';
import type { Metrics } from './gauges.ts';

/** The route. The library is loaded with the first scrape: who has no Prometheus never needs it. */
export function metricsRoute(context: PluginContext): Router {
  let made: Promise<Metrics> | undefined;
  const router = Router();
  router.get('/metrics', askForToken(context.settings.plugin.metricsToken), async (_request, response) => {
    made ??= import('./gauges.ts').then(({ Metrics }) => new Metrics());
    const metrics = await made;
    const status = await readStatus(context, 'attention');
    const counts = await readCounts(context, status);
    const usage = await usageTotals(context);
    response
      .set('Cache-Control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.text({ counts, usage, problems: status.problems }, context.clock.now()));
  });
  return router;
}

/** Lets through whoever shows the token as Prometheus does (`Authorization: Bearer …`); everybody when there is none. */
function askForToken(token: string | undefined): RequestHandler {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return (request, response, next) => {
    const given = request.get('Authorization') ?? '';
    if (token === undefined || timingSafeEqual(digest(given), digest(`Bearer ${token}`))) return next();
    response.status(401).set('WWW-Authenticate', 'Bearer').type('text').send('Show METRICS_TOKEN as a bearer token.\n');
  };
}

/**
 * /metrics for Prometheus. Numbers only: nobody is named. METRICS_TOKEN keeps others out. Counts are read at each scrape, what needs action
 * at most once a minute: it takes all the reads of `status`, and a scrape must not hold up deliveries.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { readCounts } from '../status/counts.ts';
import { readStatus } from '../status/status.ts';
import type { Problem } from '../status/status-types.ts';
import { usageTotals } from '../status/usage.ts';
import type { Metrics } from './gauges.ts';

const PROBLEMS_READ_EVERY_MS = 60_000;

/** The route. The library is loaded with the first scrape: who has no Prometheus never needs it. */
export function metricsRoute(context: PluginContext): Router {
  let made: Promise<Metrics> | undefined;
  const problemsNow = recentProblems(context);
  const router = Router();
  router.get('/metrics', askForToken(context.settings.plugin.metricsToken), async (_request, response) => {
    made ??= import('./gauges.ts').then(({ Metrics }) => new Metrics());
    const metrics = await made;
    const counts = await readCounts(context);
    const usage = await usageTotals(context);
    const problems = await problemsNow();
    response
      .set('Cache-Control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.text({ counts, usage, problems }, context.clock.now()));
  });
  return router;
}

/** The problems as they were read last. One reading that is too old is answered with while the next is under way. */
function recentProblems(context: PluginContext): () => Promise<readonly Problem[]> {
  let last: { problems: readonly Problem[]; at: number } | undefined;
  let reading: Promise<readonly Problem[]> | undefined;
  const read = async (): Promise<readonly Problem[]> => {
    const { problems, at } = await readStatus(context, 'attention');
    last = { problems, at };
    return problems;
  };
  return async () => {
    const now = context.clock.now().getTime();
    if (last && now - last.at < PROBLEMS_READ_EVERY_MS) return last.problems;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    if (!last) return reading;
    reading.catch((error: unknown) => context.log.warn({ error: messageOf(error) }, 'what needs action was not read'));
    return last.problems;
  };
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

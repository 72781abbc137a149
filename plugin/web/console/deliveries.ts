/** Deliveries: the inbox with what came of each, and the two ways to try again. */
import { Router } from 'express';
import { AdminError } from '../../errors.ts';
import { readDeliveries } from '../../status/waiting.ts';
import { failingDeliveries, latestDeliveries, retryDeliveries } from '../../webhooks/deliveries.ts';
import { redeliverFailed } from '../../webhooks/endpoint.ts';
import { field } from '../forms.ts';
import type { Console } from './console.ts';
import { pageOf } from './paging.ts';

const PATH = '/console/deliveries';
/** As many as an admin will page through; older ones stay in the store. */
const LATEST = 1_000;

/** The routes below /console/deliveries. */
export function deliveries(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const onlyFailing = request.query.failing === '1';
    const rows = await (onlyFailing ? failingDeliveries : latestDeliveries)(context.database, LATEST);
    console.page(request, response, 'deliveries', {
      title: 'Deliveries',
      section: PATH,
      counts: await readDeliveries(context),
      onlyFailing,
      ...pageOf(request, PATH, rows),
    });
  });
  router.post(
    '/retry',
    console.action(async (request) => {
      const id = field(request, 'delivery') || undefined;
      const retried = await retryDeliveries(context.database, context.clock.now(), id);
      if (retried === 0) throw new AdminError('Nothing of this is failing any more.', 'Open the page anew.');
      return { back: PATH, done: 'retried' };
    }),
  );
  router.post(
    '/redeliver',
    console.action(async () => {
      await redeliverFailed(context);
      return { back: PATH, done: 'redelivered' };
    }),
  );
  return router;
}

/** Deliveries: the inbox with what came of each, and the two ways to try again. */
import { Router } from 'express';
import { AdminError } from '../../errors.ts';
import { readDeliveries } from '../../status/waiting.ts';
import { deliveryList, retryDeliveries } from '../../webhooks/deliveries.ts';
import { redeliverFailed } from '../../webhooks/endpoint.ts';
import { field } from '../forms.ts';
import type { Console } from './console.ts';
import { readPage } from './paging.ts';

const PATH = '/console/deliveries';

/** The routes below /console/deliveries. */
export function deliveries(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const onlyFailing = request.query.failing === '1';
    console.page(request, response, 'deliveries', {
      title: 'Deliveries',
      section: PATH,
      counts: await readDeliveries(context),
      onlyFailing,
      ...(await readPage(request, PATH, deliveryList(context.database, { onlyFailing }))),
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

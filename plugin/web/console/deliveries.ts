/** Deliveries: the inbox with what came of each, each as it came, and the two ways to try again. */
import { type Request, Router } from 'express';
import { AdminError } from '../../errors.ts';
import { manifest } from '../../settings/manifest.ts';
import { causedBy } from '../../status/caused-by.ts';
import { readDeliveries } from '../../status/waiting.ts';
import {
  type DeliveryEntry,
  type DeliveryQuery,
  deliveryList,
  findDelivery,
  retryDeliveries,
} from '../../webhooks/deliveries.ts';
import { redeliverFailed } from '../../webhooks/endpoint.ts';
import { field, pathPart } from '../forms.ts';
import type { Console } from './console.ts';
import { sendCsv } from './csv-answer.ts';
import { addressWith, queryText, readPage } from './paging.ts';

const PATH = '/console/deliveries';

/** The routes below /console/deliveries. */
export function deliveries(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const query = queryOf(request);
    const list = deliveryList(context.database, query);
    if (queryText(request, 'format') === 'csv') return sendCsv(response, 'deliveries.csv', list, file);
    console.page(request, response, 'deliveries', {
      title: 'Deliveries',
      section: PATH,
      counts: await readDeliveries(context),
      query,
      types: manifest.events.map(({ type }) => type),
      csv: addressWith(request, PATH, { format: 'csv' }),
      ...(await readPage(request, PATH, list)),
    });
  });
  router.get('/:id', showDelivery(console));
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

function queryOf(request: Request): DeliveryQuery {
  return {
    onlyFailing: request.query.failing === '1',
    eventType: queryText(request, 'type'),
    search: queryText(request, 'q'),
  };
}

const file = {
  heads: ['delivery', 'event', 'type', 'received', 'finished', 'tries', 'outcome', 'error'],
  cells: (row: DeliveryEntry) => [
    ...[row.id, row.event_id, row.event_type, moment(row.received_at), moment(row.finished_at)],
    ...[row.attempts, row.outcome, row.last_error],
  ],
};

function moment(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function showDelivery(console: Console) {
  return async (request: Request, response: Parameters<Console['page']>[1]): Promise<void> => {
    const row = await findDelivery(console.context.database, pathPart(request, 'id'));
    if (!row) return console.problem(request, response, 404, 'This delivery is not known.', 'It may have been pruned.');
    const cause = `event ${row.event_id} (${row.event_type})`;
    console.page(request, response, 'delivery', {
      title: `Delivery of ${row.event_type}`,
      section: PATH,
      row,
      cause,
      caused: await causedBy(console.context, cause),
      body: readable(row.body),
      headers: readable(row.headers),
    });
  };
}

/** The text indented where it is JSON, else as it came. */
function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

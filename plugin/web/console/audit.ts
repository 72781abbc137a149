/** The audit log: everything done to anybody's access, newest first. */
import { type Request, Router } from 'express';
import { type AuditQuery, type AuditRow, auditList } from '../../audit/audit-log.ts';
import { findTrainer } from '../../mirror/trainers.ts';
import { causedBy } from '../../status/caused-by.ts';
import { addDays, isDay, startOfDay } from '../../usage/days.ts';
import type { Console } from './console.ts';
import { sendCsv } from './csv-answer.ts';
import { addressWith, queryText, readPage } from './paging.ts';

const PATH = '/console/audit';

/** The route /console/audit. */
export function audit(console: Console): Router {
  const router = Router();
  const { database } = console.context;
  router.get('/', async (request, response) => {
    const query = queryOf(request, console.context.settings.usage.timezone);
    const { trainerId, cause } = query;
    const list = auditList(database, query);
    if (queryText(request, 'format') === 'csv') return sendCsv(response, 'audit.csv', list, file);
    console.page(request, response, 'audit', {
      title: 'Audit log',
      section: PATH,
      search: query.search ?? '',
      days: { from: queryText(request, 'from'), until: queryText(request, 'until') },
      csv: addressWith(request, PATH, { format: 'csv' }),
      cause,
      caused: cause ? await causedBy(console.context, cause) : null,
      trainer: trainerId
        ? { id: trainerId, name: (await findTrainer(database, trainerId))?.display_name ?? null }
        : null,
      ...(await readPage(request, PATH, list)),
    });
  });
  return router;
}

function queryOf(request: Request, timezone: string): AuditQuery {
  const [trainerId, cause, search] = ['trainer', 'cause', 'q'].map((name) => queryText(request, name));
  const [from, until] = ['from', 'until'].map((name) => queryText(request, name)).map((day) => isDay(day) && day);
  return {
    ...(trainerId && { trainerId }),
    ...(cause && { cause }),
    ...(search && { search }),
    ...(from && { from: startOfDay(from, timezone).getTime() }),
    ...(until && { until: startOfDay(addDays(until, 1), timezone).getTime() }),
  };
}

const file = {
  heads: ['at', 'action', 'trainer_id', 'work_email', 'place', 'before', 'after', 'caused_by', 'detail'],
  cells: (row: AuditRow) => [
    ...[new Date(row.at).toISOString(), row.action, row.trainer_id, row.work_email, row.place],
    ...[row.before, row.after, row.cause, row.detail],
  ],
};
